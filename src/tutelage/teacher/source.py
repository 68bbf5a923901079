"""From what a user writes ("openai:gpt-4o-mini", a URL, a tape, a function) to a client."""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tutelage.errors import TeacherSetupError
from tutelage.teacher.anthropic_client import AnthropicClient
from tutelage.teacher.callable_client import CallableClient
from tutelage.teacher.endpoint import Endpoint
from tutelage.teacher.exchange import Client
from tutelage.teacher.http_client import HttpClient
from tutelage.teacher.local_client import LocalClient
from tutelage.teacher.prices import FREE, Price, given_price, known_price
from tutelage.teacher.tape_client import TapeClient


@dataclass(frozen=True)
class Provider:
    """A host of models: where it is, which variable holds the key."""

    base_url: str
    key_variable: str | None
    tokens_parameter: str = "max_tokens"


PROVIDERS = {
    "anthropic": Provider("https://api.anthropic.com", "ANTHROPIC_API_KEY"),
    "openai": Provider("https://api.openai.com/v1", "OPENAI_API_KEY", "max_completion_tokens"),
    "deepseek": Provider("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    "fireworks": Provider("https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
    "google": Provider("https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
    "groq": Provider("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "mistral": Provider("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "ollama": Provider("http://localhost:11434/v1", None),
    "openrouter": Provider("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "together": Provider("https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    "x-ai": Provider("https://api.x.ai/v1", "XAI_API_KEY"),
}


@dataclass(frozen=True)
class Source:
    """A client, ready to be asked, and what the teacher must know about it.

    Attributes
    ----------
    client
        Who is asked.
    name
        The model's name in keys.
    title
        What provenance calls it; differs from ``name`` for a replay.
    price
        What it costs.
    has_file
        Whether its answers are kept in a file by default.
    """

    client: Client
    name: str
    title: str
    price: Price
    has_file: bool


def open_source(
    source: object,
    *,
    name: str | None = None,
    prices: Sequence[float] | None = None,
    key_variable: str | None = None,
    environment: Mapping[str, str] | None = None,
    timeout_s: float = 120.0,
) -> Source:
    """Return the client that ``source`` stands for.

    Raises
    ------
    TeacherSetupError
        For an unknown provider (with the known ones), a URL without a model, a key inside a URL,
        or an unknown price.
    """
    settings: dict[str, Any] = {"environment": environment, "timeout_s": timeout_s}
    price = None if prices is None else given_price(prices)
    if isinstance(source, str):
        kind, _, rest = source.partition(":")
        if kind == "tape":
            return _tape(rest)
        if kind == "hf":
            known_as = name or source
            return Source(LocalClient(rest), known_as, known_as, price or FREE, has_file=True)
        if kind in ("http", "https"):
            return _url(source, name, price, key_variable, settings)
        return _provider(source, name, price, key_variable, settings)
    client = _as_client(source)
    own = getattr(client, "prices", None)
    if price is None:
        price = FREE if own is None else given_price(own)
    known_as = name or str(getattr(client, "name", "") or type(client).__name__)
    return Source(client, known_as, known_as, price, has_file=name is not None)


def _as_client(source: object) -> Client:
    if callable(getattr(source, "reply", None)):
        return source  # type: ignore[return-value]
    if callable(source):
        return CallableClient(source)
    raise TeacherSetupError(
        "a teacher must be 'PROVIDER:MODEL', 'http://HOST:PORT/v1#MODEL', 'hf:FOLDER', "
        f"'tape:FILE', a function of messages or an object with a reply method, got {source!r}."
    )


def _tape(rest: str) -> Source:
    path, _, model = rest.partition("#")
    client = TapeClient(path, model=model or None)
    return Source(client, client.name, f"tape:{client.path.name}", FREE, has_file=False)


def _url(
    source: str,
    name: str | None,
    price: Price | None,
    key_variable: str | None,
    settings: dict[str, Any],
) -> Source:
    parts = urlsplit(source)
    if parts.username or parts.password or parts.query:
        raise TeacherSetupError(
            f"a teacher's address must hold no user, password or query, since it is written into "
            f"files; got one for {parts.hostname!r}. Put the key into an environment variable and "
            "name it with key_variable= (on the command line: --key-variable)."
        )
    if not parts.fragment or not parts.hostname:
        raise TeacherSetupError(
            f"a teacher's address must end with '#MODEL', such as "
            f"'http://localhost:8000/v1#qwen'; got {source!r}."
        )
    base_url = source.partition("#")[0].rstrip("/")
    if price is None:
        if not is_loopback(parts.hostname):
            raise TeacherSetupError(
                f"the price of {source} is not known, so its cost cannot be capped. Give it: "
                "prices=(USD per million tokens in, USD per million tokens out), or prices=(0, 0) "
                "if it costs nothing."
            )
        price = FREE
    known_as = name or source
    endpoint = Endpoint(
        parts.fragment, base_url, name=known_as, key_variable=key_variable, **settings
    )
    return Source(HttpClient(endpoint), known_as, known_as, price, has_file=True)


def _provider(
    source: str,
    name: str | None,
    price: Price | None,
    key_variable: str | None,
    settings: dict[str, Any],
) -> Source:
    provider, _, model = source.partition(":")
    known = PROVIDERS.get(provider)
    if known is None or not model:
        near = difflib.get_close_matches(provider, PROVIDERS, n=1, cutoff=0.6)
        hint = f" Did you mean '{near[0]}:{model or 'MODEL'}'?" if near else ""
        raise TeacherSetupError(
            f"a teacher must be 'PROVIDER:MODEL' with one of {', '.join(sorted(PROVIDERS))}; "
            f"or 'http://HOST:PORT/v1#MODEL', 'hf:FOLDER' or 'tape:FILE'; got {source!r}.{hint}"
        )
    if price is None:
        host = urlsplit(known.base_url).hostname or ""
        price = FREE if is_loopback(host) else known_price(provider, model)
    known_as = name or source
    endpoint = Endpoint(
        model,
        known.base_url,
        name=known_as,
        key_variable=key_variable or known.key_variable,
        **settings,
    )
    if provider == "anthropic":
        return Source(AnthropicClient(endpoint), known_as, known_as, price, has_file=True)
    client = HttpClient(endpoint, tokens_parameter=known.tokens_parameter)
    return Source(client, known_as, known_as, price, has_file=True)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine.

    >>> [is_loopback(h) for h in ("localhost", "127.0.0.1", "::1", "10.0.0.1", "localhost.org")]
    [True, True, True, False, False]
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
