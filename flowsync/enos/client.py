"""Read-only client: concurrent exports, directories, server time."""

import random
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, nullcontext
from functools import partial
from itertools import chain, islice
from typing import Any, Self, TypeVar

import httpx

from flowsync.enos.auth.signing import params_data, signature
from flowsync.enos.auth.tokens import TokenSource
from flowsync.enos.connection import Connection
from flowsync.enos.error_codes import TokenRefusedError
from flowsync.enos.http_session import HttpSession
from flowsync.enos.rate_limit import RateLimiter
from flowsync.enos.requests import ApiRequest, directories_request, export_request, time_request
from flowsync.enos.responses import Response, directory_nodes, envelope, flow_data, milliseconds, text
from flowsync.enos.retry import Clock, Deadline, with_retries
from flowsync.enos.transport import OpenTransport, http_transports, proxy_name
from flowsync.enos.workers import WorkerPool
from flowsync.errors import AuthenticationError, GatewayError

T = TypeVar("T")
Item = TypeVar("Item")

Reader = Callable[[Response], T]


class Client:
    """A read-only client for one organisation. It owns its threads and their connections.

    `clock` is the time of day, for signatures, tokens and dates; `monotonic` measures time limits and the
    rate. `transport` replaces the network; the caller closes it. Raises ConfigError if the certificate
    authorities or the proxy named by the environment are not usable.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = time.monotonic,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._connection = connection
        self.locating_errors = connection.locating_errors
        self._clock = Clock(clock, sleep, random)
        self._monotonic = monotonic
        self._rate_limiter = RateLimiter(connection.rate, monotonic=monotonic, sleep=sleep)
        self._tokens = TokenSource(connection.app_key, connection.app_secret, clock=clock)
        self._open_transport = _share(transport) if transport else http_transports(connection.base_url)
        self._proxy = "none" if transport else proxy_name(connection.base_url)
        self._running: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Abort all running requests. Iterators that wait for results raise RuntimeError."""
        for stop in tuple(self._running):
            stop()

    def exports(
        self,
        flow_ids: Iterable[int],
        *,
        is_known: Callable[[int, bytes], bool],
        keep_alive: bool = True,
    ) -> Iterator[tuple[int, bytes | GatewayError]]:
        """Yield each flow id with its raw response (envelope included) or its error, in order of completion.

        Lazy: fetches at most two flows per job ahead of the consumer. `is_known(flow_id, body)` runs in the
        fetching thread; True means that the same response was accepted before, so that it needs no parsing.
        With `keep_alive` False, every request opens a new connection. If no token is available, every flow
        gets that error and no export is requested.
        Raises AuthenticationError if no further flow can be exported.
        """
        ids = iter(flow_ids)
        first = list(islice(ids, 1))
        if not first:
            return
        failure = self._token_failure()
        if failure is not None:
            yield from ((flow_id, failure) for flow_id in chain(first, ids))
            return
        work = partial(self._export, is_known)
        yield from self._run_all(work, chain(first, ids), self._connection.jobs, keep_alive=keep_alive)

    def directories(self) -> list[Any]:
        """Return the parsed directory nodes of the organisation, the input of `discovery.discover`."""
        connection = self._connection
        return self._read(directories_request(connection.user_id, connection.org_id), directory_nodes)

    def server_time(self) -> int:
        """Return the platform's time in milliseconds since 1970."""
        return self._read(time_request("getCurrentTime"), milliseconds)

    def time_zone(self) -> str:
        """Return the platform's time zone as it names it, such as `GMT+8`."""
        return self._read(time_request("getTimeZone"), text)

    def _read(self, request: ApiRequest, reader: Reader[T]) -> T:
        return self._run_one(lambda session: self._fetch(session, request, reader))

    def _run_one(self, work: Callable[[HttpSession], T]) -> T:
        # on a worker thread like every export, so that an interrupt or the deadline can abort it
        with closing(self._run_all(lambda session, _: work(session), ["the only item"], 1)) as results:
            return next(results)

    def _run_all(
        self,
        work: Callable[[HttpSession, Item], T],
        items: Iterable[Item],
        jobs: int,
        *,
        keep_alive: bool = True,
    ) -> Generator[T]:
        workers = WorkerPool(work, partial(self._open_session, keep_alive=keep_alive), jobs=jobs)
        self._running.append(workers.stop)
        try:
            yield from workers.run(items)
        finally:
            self._running.remove(workers.stop)

    def _export(
        self, is_known: Callable[[int, bytes], bool], session: HttpSession, flow_id: int
    ) -> tuple[int, bytes | GatewayError]:
        request = export_request(flow_id, self._connection.user_id, self._connection.org_id)

        def accepted_body(response: Response) -> bytes:
            if not (response.is_success and is_known(flow_id, response.body)):
                flow_data(response, flow_id)
            return response.body

        try:
            return flow_id, self._fetch(session, request, accepted_body)
        except AuthenticationError:
            raise
        except GatewayError as error:
            return flow_id, _strip_tracebacks(error)

    def _token_failure(self) -> GatewayError | None:
        try:
            self._run_one(self._ensure_token)
        except AuthenticationError:
            raise
        except GatewayError as error:
            return _strip_tracebacks(error)
        return None

    def _ensure_token(self, session: HttpSession) -> str:
        return self._retry(lambda deadline: self._tokens.current(partial(self._post, session, deadline)))

    def _fetch(self, session: HttpSession, request: ApiRequest, reader: Reader[T]) -> T:
        return self._retry(lambda deadline: self._attempt(session, request, reader, deadline))

    def _retry(self, attempt: Callable[[Deadline], T]) -> T:
        deadline = Deadline(self._connection.flow_timeout, self._monotonic)
        with self.locating_errors():
            return with_retries(lambda: attempt(deadline), self._clock, deadline=deadline, proxy=self._proxy)

    def _attempt(self, session: HttpSession, request: ApiRequest, reader: Reader[T], deadline: Deadline) -> T:
        post = partial(self._post, session, deadline)
        self._tokens.current(post)
        deadline.extend_by(self._rate_limiter.wait)
        token = self._tokens.current(post)  # the first one may have expired during the wait
        try:
            return self._send_signed(session, request, reader, token, deadline)
        except TokenRefusedError:
            fresh = self._tokens.replacement(token, post)
            if fresh == token:
                raise
        deadline.extend_by(self._rate_limiter.wait)
        return self._send_signed(session, request, reader, fresh, deadline)

    def _send_signed(
        self, session: HttpSession, request: ApiRequest, reader: Reader[T], token: str, deadline: Deadline
    ) -> T:
        timestamp = round(self._clock.now() * 1000)
        params = params_data(request.target, request.body)
        headers = {
            "apim-accesstoken": token,
            "apim-signature": signature(token, params, timestamp, self._connection.app_secret),
            "apim-timestamp": str(timestamp),
        }
        secrets = (*self._tokens.secrets, headers["apim-signature"])
        response = session.send(request, headers, deadline=deadline.moment, secrets=secrets)
        return reader(response)

    def _post(self, session: HttpSession, deadline: Deadline, request: ApiRequest) -> dict[str, Any]:
        deadline.extend_by(self._rate_limiter.wait)
        headers = {"content-type": "application/json;charset=UTF-8"}
        response = session.send(request, headers, deadline=deadline.moment, secrets=self._tokens.secrets)
        return envelope(response)

    def _open_session(self, *, keep_alive: bool) -> HttpSession:
        return HttpSession(
            self._connection.base_url,
            self._open_transport,
            silence=self._connection.request_timeout,
            monotonic=self._monotonic,
            keep_alive=keep_alive,
        )


def _share(transport: httpx.BaseTransport) -> OpenTransport:
    return lambda: nullcontext(transport)


def _strip_tracebacks(error: GatewayError) -> GatewayError:
    """Remove the tracebacks of an error, whose frames would keep every refused response in memory."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error
