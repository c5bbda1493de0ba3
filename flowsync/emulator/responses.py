"""The form of the platform's responses: envelopes, refusals, bytes."""

import json

from starlette.responses import Response


class JsonResponse(Response):
    """Compact JSON in UTF-8. Text that UTF-8 cannot encode (lone surrogates) is escaped."""

    media_type = "application/json;charset=UTF-8"

    def render(self, content: object) -> bytes:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        try:
            return text.encode()
        except UnicodeEncodeError:
            return json.dumps(content, separators=(",", ":")).encode("ascii")


class RefusalError(Exception):
    """A request that gets an error response: the JSON payload and its HTTP status."""

    def __init__(self, payload: dict[str, object], *, status: int = 200) -> None:
        super().__init__(str(payload))
        self.payload = payload
        self.status = status

    def response(self) -> Response:
        return JsonResponse(self.payload, self.status)


def envelope(data: object) -> dict[str, object]:
    return {"code": 0, "msg": "OK", "data": data}


def service_refusal(code: int, message: str) -> RefusalError:
    """Return a refusal by the batch service. Its HTTP status is not documented; the emulator uses 200."""
    return RefusalError({"code": code, "msg": message, "data": None})


def invalid(message: str) -> RefusalError:
    return service_refusal(62102, message)


def gateway_refusal(status: int, message: str) -> RefusalError:
    """Return a refusal by the gateway, which uses no envelope."""
    return RefusalError({"message": message}, status=status)


def unauthenticated() -> RefusalError:
    return gateway_refusal(401, "Invalid authentication credentials")


def token_envelope(data: object) -> dict[str, object]:
    return {"status": 0, "msg": "SUCCESS", "business": "apim-token-service", "data": data}


def token_refusal(code: int, message: str) -> RefusalError:
    return RefusalError({**token_envelope(None), "status": code, "msg": message})
