"""The members of a server pool: what each serves, whether it answers, and why one is not used."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from ocr.config.profiles import Model, ReadOptions
from ocr.engines.load_balancing import Turnaround
from ocr.engines.outage import Outage
from ocr.errors import NotAnApi, ServerError, TlsFailed, UnknownModel, WrongKey
from ocr.i18n import Translatable, gettext, join
from ocr.inference.reader import Reader
from ocr.pipeline.concurrency import AdaptiveLimiter

PERMANENT_ERRORS = (WrongKey, NotAnApi, TlsFailed)
"""Errors that do not pass by waiting. A server of several that raises one is excluded: since it fails at once, it would
always be the least busy and get page after page."""


class ServerReader(Reader, Protocol):
    """A reader whose server can be asked for its health, as a `Client`."""

    async def answers(self) -> bool:
        """Whether the server is there."""


@dataclass(eq=False, slots=True)
class Member:
    """One server of a pool."""

    url: str
    """The base of its API; ends in `/v1`."""
    outage: Outage
    limiter: AdaptiveLimiter
    models: dict[str, Model] | None = None
    """What it serves, by name; None before it has said so."""
    problem: ServerError | None = None
    """Why it is left out, whatever it serves."""
    turnaround: Turnaround = field(default_factory=Turnaround)

    @property
    def name(self) -> str:
        """What users know it by."""
        return self.outage.name

    def serves(self, options: ReadOptions | None) -> bool:
        """Whether it has this model, made of the same weights; what it has not said is taken for granted."""
        if self.problem:
            return False
        if self.models is None or options is None:
            return True
        model = self.models.get(options.model)
        return model is not None and all(
            None in said or len(said) == 1 for said in ({model.root, options.root}, {model.revision, options.revision})
        )

    async def learn(self, reader: ServerReader) -> tuple[Model, ...]:
        """Request its models and store them.

        Raises:
            ServerError: the server's; one of `PERMANENT_ERRORS` becomes `problem` too.
        """
        try:
            models = await reader.models()
        except PERMANENT_ERRORS as error:
            self.problem = error
            raise
        self.models, self.problem = {model.id: model for model in models}, None
        self.outage.given_up = False
        if all(model.slots for model in models):
            self.limiter.narrow(min(model.slots or 1 for model in models))
        return models

    async def answers(self, reader: ServerReader) -> bool:
        """Whether it is there; what it serves may have changed meanwhile."""
        if not await reader.answers():
            return False
        try:
            await self.learn(reader)
        except ServerError as error:
            return not (error.retryable or isinstance(error, UnknownModel))  # it is still loading
        return True

    def describe(self) -> Translatable:
        """A sentence with the models it serves, or why it serves none."""
        if self.problem:
            return gettext("{server} is not used: {reason}", server=self.name, reason=self.problem.message)
        if self.outage.seconds is not None or self.models is None:
            return gettext("{server} does not answer.", server=self.name)
        return gettext("{server} serves {models}.", server=self.name, models=", ".join(self.models))


def left_out(members: Iterable[Member], options: ReadOptions) -> list[Translatable]:
    """Reasons why servers are not used, a sentence for each. A server that does not answer is not among them."""
    return [_exclusion_reason(member, options) for member in members if not member.serves(options)]


def _exclusion_reason(member: Member, options: ReadOptions) -> Translatable:
    other = (member.models or {}).get(options.model)
    if member.problem or other is None:
        lacks = (
            "" if member.problem else gettext("It is not used because it does not serve {model}.", model=options.model)
        )
        return join(" ", (member.describe(), lacks))
    return gettext(
        "{server} is not used: its {model} is {other}, not {root}.",
        server=member.name,
        model=options.model,
        other=_weights(other.root, other.revision),
        root=_weights(options.root, options.revision),
    )


def _weights(root: str | None, revision: str | None) -> str:
    return " ".join(filter(None, (root, revision)))


def no_server_has(model: str, members: Iterable[Member]) -> UnknownModel:
    """The error for a model that no server has."""
    return UnknownModel(
        gettext("No server has the model '{model}'.", model=model),
        join(" ", [member.describe() for member in members]),
    )
