"""Orders in which the same day may arrive. Of one order, the notifications keep theirs: which of
two payments came second is a fact, when the platform hears of it is not. Each returns how many
hours of reconciliation passed until nothing changed any more."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from tests.day.facts import DAYS, Fact, File, Standing
from tests.day.world import World

Act = Callable[[], None]
START = "09:00:00"
BEFORE_PAYING = timedelta(minutes=2)
AFTER_PAYING = timedelta(seconds=5)
CARRY_EVERY = 25


def as_it_happened(world: World) -> int:
    """Everything at its time: each notification at once, each file on the morning after, the
    chaser every three hours, reconciliation once a day."""
    events: list[tuple[datetime, int, Act]] = []

    def plan(at: datetime, act: Act) -> None:
        events.append((at, len(events), act))

    country = world.plan.country
    for number in world.plan.orders:
        plan(_opened_at(world, number), partial(world.open_order, number))
    for fact in world.plan.facts:
        plan(fact.at + AFTER_PAYING, partial(world.tell, fact))
    for file in world.plan.files:
        plan(_issued_at(world, file), partial(_arrive, world, file))
    for hour in range(12, 84, 3):
        at = country.at(DAYS[0], "00:00:00") + timedelta(hours=hour)
        plan(at, world.province.chase)
        if hour % 24 == 12:
            plan(at, world.strike)
    _play(world, sorted(events, key=lambda each: each[:2]))
    return world.settle()


def files_first(world: World) -> int:
    """The notifications of three days come when all their files were reconciled, accounts in the
    other order, and each re-issue is told of before the file that it corrects."""
    _open_all(world)
    for file in world.plan.files:
        world.issue(file)
    for file in reversed(world.plan.files):
        world.announce(file)
    world.strike()
    _play_now(world, [partial(world.tell, fact) for fact in _shuffled(world)])
    return world.settle()


def in_any_order(world: World) -> int:
    """Files and notifications at random, told once or twice, while the stream lags."""
    _open_all(world)
    acts: list[Act] = [partial(world.tell, fact) for fact in _shuffled(world)]
    for file in world.plan.files:
        world.issue(file)
        for _ in range(world.random.choice((1, 1, 1, 2))):
            place = world.random.randint(0, len(acts))
            acts.insert(place, partial(world.announce, file))
    acts.insert(world.random.randint(0, len(acts)), world.strike)
    _play_now(world, acts)
    return world.settle()


def _opened_at(world: World, number: int) -> datetime:
    facts = world.plan.orders[number]
    if facts[0].standing is Standing.EXPIRED:
        return world.plan.country.at(DAYS[0], START)
    return facts[0].at - BEFORE_PAYING


def _issued_at(world: World, file: File) -> datetime:
    """Re-issues an hour after each other."""
    number = int(file.name.partition("-")[2].partition(".")[0])
    morning = world.plan.country.at(file.day + timedelta(days=1), "08:30:00")
    return morning + timedelta(hours=number - 1)


def _arrive(world: World, file: File) -> None:
    world.issue(file)
    world.announce(file)


def _open_all(world: World) -> None:
    """Every order; those that expire do so before there are others."""
    clock = world.province.clock
    numbers = sorted(world.plan.orders, key=lambda number: (_opened_at(world, number), number))
    is_early = {number: _is_expiring(world.plan.orders[number]) for number in numbers}
    for number in filter(is_early.__getitem__, numbers):
        clock.at = _opened_at(world, number)
        world.open_order(number)
    clock.advance(minutes=31)
    world.province.chase()
    for number in numbers:
        if not is_early[number]:
            clock.at = _opened_at(world, number)
            world.open_order(number)
            if number % CARRY_EVERY == 0:
                world.carry()
    clock.at = world.plan.country.at(DAYS[-1] + timedelta(days=1), "09:30:00")
    world.carry()


def _is_expiring(facts: tuple[Fact, ...]) -> bool:
    return facts[0].standing is Standing.EXPIRED


def _shuffled(world: World) -> list[Fact]:
    """At random, but those of one order in its own order."""
    facts = list(world.plan.facts)
    world.random.shuffle(facts)
    places: defaultdict[object, list[int]] = defaultdict(list)
    for place, fact in enumerate(facts):
        places[fact.name if fact.order is None else fact.order].append(place)
    result = list(facts)
    for taken in places.values():
        ordered = sorted((facts[place] for place in taken), key=lambda fact: fact.at)
        for place, fact in zip(taken, ordered, strict=True):
            result[place] = fact
    return result


def _play(world: World, events: Iterable[tuple[datetime, int, Act]]) -> None:
    for number, (at, _, act) in enumerate(events):
        world.province.clock.at = max(at, world.province.clock.at)
        act()
        if number % CARRY_EVERY == 0:
            world.carry()


def _play_now(world: World, acts: Iterable[Act]) -> None:
    for number, act in enumerate(acts):
        world.province.clock.advance(seconds=1)
        act()
        if number % CARRY_EVERY == 0:
            world.carry()


ARRIVALS: tuple[Callable[[World], int], ...] = (as_it_happened, files_first, in_any_order)
