"""An address with a key: where a hosted teacher is, and what its failures mean.

The SDKs of the providers share one set of exceptions, so one translation serves all of them. A
key is read when the first call is made and is taken out of every message.
"""

from __future__ import annotations

import email.utils
import os
import re
import time
from collections.abc import Mapping
from typing import Any

from tutelage.errors import ClientError, TeacherSetupError

KEY_LIKE = re.compile(r"\b(?:sk|gsk|xai|key|pk)-[\w*.\-]{4,}", re.I)
RETRYABLE_STATUS = {408, 409, 425, 429, 500, 502, 503, 504, 529}
NOT_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "ProxyError"}


class Endpoint:
    """Where a model is asked, under which name, with whose key.

    Parameters
    ----------
    model
        The model's name at the endpoint.
    base_url
        Its address, such as ``"http://localhost:8000/v1"``.
    name
        The teacher's name in keys and provenance.
    key_variable
        Name of the environment variable that holds the key; ``None`` where none is needed.
    environment
        Where to look the variable up; ``None`` is this process's environment.
    timeout_s
        Seconds for one call.
    """

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        name: str,
        key_variable: str | None = None,
        environment: Mapping[str, str] | None = None,
        timeout_s: float = 120.0,
    ):
        self.model, self.base_url, self.name = model, base_url, name
        self.key_variable, self.timeout_s = key_variable, timeout_s
        self._environment = environment
        self._key = ""

    @property
    def where(self) -> str:
        """The teacher and its address, for messages."""
        return f"{self.name} at {self.base_url}"

    def find_key(self) -> str:
        """Return the key, "" where none is needed.

        Raises
        ------
        TeacherSetupError
            Naming the variable that is not set.
        """
        if self.key_variable is None:
            return ""
        # Only doors read the environment. A door may pass one in; without one the key is looked
        # up here, at the first real call, so that a key never has to travel through arguments,
        # objects that are printed, or files.
        environment = os.environ if self._environment is None else self._environment
        self._key = environment.get(self.key_variable, "")
        if not self._key:
            raise TeacherSetupError(
                f"the key for {self.name} must be in the environment variable "
                f"{self.key_variable}, which is not set. Set it, or name another with "
                "key_variable= (on the command line: --key-variable)."
            )
        return self._key

    def clean(self, text: str) -> str:
        """Return an endpoint's text without the key, whole or half masked."""
        without = text.replace(self._key, "[key]") if self._key else text
        return KEY_LIKE.sub("[key]", without)

    def error_of(self, sdk: Any, error: Exception) -> ClientError:
        """Return what an SDK's exception means; raise it alone, for its cause may hold a key."""
        if isinstance(error, sdk.APIStatusError):
            return self._status_error(error)
        if isinstance(error, sdk.APITimeoutError):
            sent = type(error.__cause__).__name__ not in NOT_SENT
            message = f"{self.where} gave no answer in {self.timeout_s:g} s."
            return ClientError(message, retryable=True, maybe_billed=sent)
        if isinstance(error, sdk.APIConnectionError):
            return self._connection_error(error)
        return ClientError(
            f"{self.where} sent what is no chat completion ({type(error).__name__}).",
            retryable=True,
            maybe_billed=True,
        )

    def _status_error(self, error: Any) -> ClientError:
        status = int(error.status_code)
        reason = self.clean(str(error.message))
        if status in (401, 403):
            key = f"the key in {self.key_variable}" if self.key_variable else "a call without a key"
            return ClientError(
                f"{self.where} refused {key} (HTTP {status}). Check it and try again."
            )
        if status == 404:
            return ClientError(
                f"{self.where} does not know the model {self.model!r} or the path (HTTP 404): "
                f"{reason[:200]}. See what it has:  curl {self.base_url}/models"
            )
        exhausted = status == 429 and "insufficient_quota" in reason
        return ClientError(
            f"{self.where} answered HTTP {status}: {reason[:300]}",
            retryable=status in RETRYABLE_STATUS and not exhausted,
            retry_after=retry_after(error.response.headers),
        )

    def _connection_error(self, error: BaseException) -> ClientError:
        cause = error.__cause__ or error
        if type(cause).__name__ in NOT_SENT:
            return ClientError(
                f"{self.name} cannot be reached at {self.base_url} ({self.clean(str(cause))}). "
                f"Is it running? Test it:  curl {self.base_url}/models",
                retryable=True,
            )
        return ClientError(
            f"{self.where} broke the connection before its answer was complete "
            f"({type(cause).__name__}).",
            retryable=True,
            maybe_billed=True,
        )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks to wait, or ``None``.

    >>> retry_after({"retry-after": "2"}), retry_after({"retry-after-ms": "250"})
    (2.0, 0.25)
    >>> retry_after({"retry-after": "soon"}) is None
    True
    """
    milliseconds = headers.get("retry-after-ms", "")
    if milliseconds.replace(".", "", 1).isdigit():
        return float(milliseconds) / 1000
    value = headers.get("retry-after", "").strip()
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max(0.0, moment.timestamp() - time.time())
