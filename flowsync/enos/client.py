"""The platform's reading calls: many exports at a time, the directories, the time."""

import random
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from itertools import chain, islice
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from flowsync.enos.auth.signing import params_data, signature
from flowsync.enos.auth.tokens import Tokens
from flowsync.enos.connection import Connection
from flowsync.enos.deadline import Deadline
from flowsync.enos.http_session import Channel
from flowsync.enos.rate_limit import Pacer
from flowsync.enos.requests import Call, directories_call, export_call, time_call
from flowsync.enos.responses import (
    Answer,
    TokenRefusedError,
    directory_nodes,
    envelope,
    flow_data,
    milliseconds,
    text,
)
from flowsync.enos.retry import Patience, with_retries
from flowsync.enos.transport import http_transports
from flowsync.enos.workers import Workers
from flowsync.errors import AuthenticationError, GatewayError

T = TypeVar("T")
Item = TypeVar("Item")

Reader = Callable[[Answer, Call, Iterable[str]], T]


class Client:
    """One organisation's platform, for reading only; owns its threads and their connections.

    `clock` is the time of day, for signatures, tokens and dates; `monotonic` measures time limits and the
    rate. `transport` replaces the network and stays its owner's to close. Raises ConfigError where the
    certificate authorities or the proxy that the environment names can't be used.
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
        self._patience = Patience(clock, sleep, random)
        self._monotonic = monotonic
        self._pacer = Pacer(connection.rate, monotonic=monotonic, sleep=sleep)
        self._tokens = Tokens(connection.app_key, connection.app_secret, clock=clock)
        self._open_transport = _not_closed(transport) if transport else http_transports(connection.base_url)
        self._running: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends every request under way; results that are still awaited raise RuntimeError."""
        for stop in tuple(self._running):
            stop()

    def exports(
        self,
        flow_ids: Iterable[int],
        *,
        is_known: Callable[[int, bytes], bool],
        is_kept: bool = True,
    ) -> Iterator[tuple[int, bytes | GatewayError]]:
        """The exports in order of completion: the raw accepted answer, envelope included, or why not.

        Lazy: at most two flows per job are fetched ahead of the consumer. `is_known(flow_id, body)` is
        asked in the fetching thread; True means this very answer was accepted before and needs no
        parsing. With `is_kept` False, every request gets a fresh connection. Where there is no token to be
        had, every flow gets that one error and none is asked for.
        Raises AuthenticationError when no flow can be exported any more.
        """
        ids = iter(flow_ids)
        first = list(islice(ids, 1))
        if not first:
            return
        failure = self._why_no_token()
        if failure is not None:
            yield from ((flow_id, failure) for flow_id in chain(first, ids))
            return
        work = partial(self._export, is_known)
        yield from self._completed(work, chain(first, ids), self._connection.jobs, is_kept=is_kept)

    def directories(self) -> list[Any]:
        """The directory nodes of the whole organisation, parsed, as `discovery.discovered` takes them."""
        connection = self._connection
        return self._read(directories_call(connection.user_id, connection.org_id), directory_nodes)

    def server_time(self) -> int:
        """The platform's clock in milliseconds since 1970."""
        return self._read(time_call("getCurrentTime"), milliseconds)

    def time_zone(self) -> str:
        """The platform's zone as it names it, such as `GMT+8`."""
        return self._read(time_call("getTimeZone"), text)

    def _read(self, call: Call, reader: Reader[T]) -> T:
        return self._one(lambda channel: self._fetched(channel, call, reader))

    def _one(self, work: Callable[[Channel], T]) -> T:
        # on a thread like every export, so that an interrupt or a slow drip ends it just as well
        with closing(self._completed(lambda channel, _: work(channel), ["the only item"], 1)) as results:
            return next(results)

    def _completed(
        self, work: Callable[[Channel, Item], T], items: Iterable[Item], jobs: int, *, is_kept: bool = True
    ) -> Generator[T]:
        workers = Workers(work, partial(self._open_channel, is_kept=is_kept), jobs=jobs)
        self._running.append(workers.stop)
        try:
            yield from workers.completed(items)
        finally:
            self._running.remove(workers.stop)

    def _export(
        self, is_known: Callable[[int, bytes], bool], channel: Channel, flow_id: int
    ) -> tuple[int, bytes | GatewayError]:
        call = export_call(flow_id, self._connection.user_id, self._connection.org_id)

        def accepted_body(answer: Answer, call: Call, secrets: Iterable[str]) -> bytes:
            if not (answer.is_success and is_known(flow_id, answer.body)):
                flow_data(answer, call, secrets)
            return answer.body

        try:
            return flow_id, self._fetched(channel, call, accepted_body)
        except AuthenticationError:
            raise
        except GatewayError as error:
            return flow_id, _without_frames(error)

    def _why_no_token(self) -> GatewayError | None:
        try:
            self._one(self._make_sure_of_a_token)
        except AuthenticationError:
            raise
        except GatewayError as error:
            return _without_frames(error)
        return None

    def _make_sure_of_a_token(self, channel: Channel) -> None:
        deadline = self._deadline()
        post = partial(self._posted, channel, deadline)
        with_retries(lambda: self._tokens.current(post), self._patience, deadline=deadline)

    def _fetched(self, channel: Channel, call: Call, reader: Reader[T]) -> T:
        deadline = self._deadline()
        return with_retries(
            lambda: self._attempt(channel, call, reader, deadline), self._patience, deadline=deadline
        )

    def _attempt(self, channel: Channel, call: Call, reader: Reader[T], deadline: Deadline) -> T:
        post = partial(self._posted, channel, deadline)
        self._tokens.current(post)
        deadline.put_off_by(self._pacer.wait)
        token = self._tokens.current(post)  # the one from before the wait may have expired
        try:
            return self._signed(channel, call, reader, token, deadline)
        except TokenRefusedError:
            fresh = self._tokens.replacement(token, post)
            if fresh == token:
                raise
        deadline.put_off_by(self._pacer.wait)
        return self._signed(channel, call, reader, fresh, deadline)

    def _signed(self, channel: Channel, call: Call, reader: Reader[T], token: str, deadline: Deadline) -> T:
        timestamp = round(self._patience.clock() * 1000)
        params = params_data(call.target, call.body)
        headers = {
            "apim-accesstoken": token,
            "apim-signature": signature(token, params, timestamp, self._connection.app_secret),
            "apim-timestamp": str(timestamp),
        }
        secrets = (*self._tokens.secrets, headers["apim-signature"])
        answer = channel.answer(call, headers, deadline=deadline.moment, secrets=secrets)
        return reader(answer, call, secrets)

    def _posted(self, channel: Channel, deadline: Deadline, call: Call) -> dict[str, Any]:
        deadline.put_off_by(self._pacer.wait)
        secrets = self._tokens.secrets
        headers = {"content-type": "application/json;charset=UTF-8"}
        return envelope(
            channel.answer(call, headers, deadline=deadline.moment, secrets=secrets), call, secrets
        )

    def _deadline(self) -> Deadline:
        return Deadline(self._connection.flow_timeout, self._monotonic)

    def _open_channel(self, *, is_kept: bool) -> Channel:
        return Channel(
            self._connection.base_url,
            self._open_transport,
            silence=self._connection.request_timeout,
            monotonic=self._monotonic,
            is_kept=is_kept,
        )


def _not_closed(transport: httpx.BaseTransport) -> Callable[[], AbstractContextManager[httpx.BaseTransport]]:
    return lambda: nullcontext(transport)


def _without_frames(error: GatewayError) -> GatewayError:
    """The same error without tracebacks, whose frames would keep every refused answer in memory."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error
