"""Names of TeX that matter where a formula is compared with the words on a page."""

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
    "varepsilon": "ε", "vartheta": "θ", "varphi": "φ", "varrho": "ρ",
}  # fmt: skip
"""Name → the letter that stands on the page."""

FUNCTIONS = frozenset((
    "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "log", "ln",
    "lg", "exp", "max", "min", "sup", "inf", "lim", "det", "dim", "ker", "gcd", "arg", "deg", "Pr",
))  # fmt: skip
"""Names that stand on the page as they are."""

STYLES = frozenset((
    "text", "textbf", "textit", "textrm", "textsf", "texttt", "textsc", "mathrm", "mathbf", "mathit", "mathsf",
    "mathtt", "mathcal", "mathbb", "mathfrak", "boldsymbol", "bm", "operatorname", "left", "right", "bigl", "bigr",
    "Bigl", "Bigr", "big", "Big", "hat", "bar", "tilde", "vec", "dot", "ddot", "overline", "underline", "widehat",
    "widetilde", "prime",
))  # fmt: skip
"""Names that only change how what follows looks, and do not end a word."""
