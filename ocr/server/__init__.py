"""The server that reads: one reached by URL, a vLLM or the embedded CPU engine, started here and stopped with us."""

from ocr.server.choice import Server as Server
from ocr.server.choice import running_server as running_server
from ocr.server.local import LocalServer as LocalServer
from ocr.server.members import Member as Member
from ocr.server.members import left_out as left_out
from ocr.server.patient import patient as patient
from ocr.server.patient import reader_of as reader_of
from ocr.server.stages import Stage as Stage
from ocr.server.state import State as State
from ocr.server.telling import follow_start as follow_start
