"""What has to be true at the end of each case, by what the host has in its ledger and what the application was told."""

from day import STAND

# counters of the host that stay as they are, whatever happens to the till
NEVER = ("unmarked", "repeats_changed", "successors_early", "advices_early", "reversals_late", "stans_reused", "unreadable",
         "completions_refused", "lost")
LEAP = 1000 # of trace numbers behind a journal that was put back
SAME = ("payment", "outcome", "amount_approved", "reason", "kind", "masked_pan")


class Violation(AssertionError):
    """A promise was broken."""


def check(condition, message, *details):
    if not condition:
        raise Violation(message % details if details else message)


def signed(message, stands):
    if message["kind"] == "preauth" or not message["booked"] or not stands:
        return 0
    return -message["amount"] if message["kind"] == "refund" else message["amount"]


DONE = {"approved", "partial", "settled"}


def records(day):
    """What became of what stands without the host: the newest record of each payment."""
    newest, after = {}, 0
    while True:
        page = day.world.call("queue.list", filter="all", after=after, limit=500)
        for record in page["records"]:
            after = record["record"]
            newest[record["payment"]] = record
        if not page["more"]:
            return newest
        check(page["records"], "queue.list has more, and shows none")


def taken(told, newest):
    """What the host has taken of it, by what is told of it now."""
    if told.outcome != "approved_offline":
        return told.amount
    record = newest.get(told.answer["payment"])
    check(record, "%s was accepted and is not there", told)
    if record["state"] not in DONE:
        return 0
    return record.get("amount_host") or record["amount"]


def expected(day):
    """The money that has to stand, by what was told."""
    newest = records(day) if day.case.offline else {}
    total = 0
    for told in day.kept:
        if told.method == "payment.refund":
            total -= taken(told, newest)
        elif told.method == "payment.void":
            total -= void_of(day, told, newest)
        elif told.params.get("type") != "preauth":
            total += taken(told, newest)
    return total


def void_of(day, void, newest):
    check(void.outcome in ("approved", "declined", "cancelled"), "a void is %s", void)
    original = next(told for told in day.told if told.params["key"] == void.params["payment"])
    if void.outcome != "approved":
        return 0
    if original.outcome == "approved_offline":
        check(newest[original.answer["payment"]]["state"] in ("voided", "abandoned", "reversed"), "void, but %s",
              newest[original.answer["payment"]])
        return 0
    return original.amount


class Book:
    """Messages the host has got: those the journal has sent, and those of a time that a journal put back knows nothing of."""

    def __init__(self, world, messages):
        self.lost = [m for m in messages if any(loss.has(m) for loss in world.losses)]
        self.kept = [m for m in messages if m not in self.lost]
        self.undone = {r["original_stan"]: r for r in self.kept if r["kind"] == "reversal" and r["response_code"] == "00"}

    def stands(self):
        """The money of what the journal knows, as the host has told it."""
        return sum(signed(m, m["stan"] not in self.undone) for m in self.kept if m["kind"] != "reversal")


def judge(day):
    world = day.world
    messages, world.seen = world.messages(day.start)
    book = Book(world, messages)
    judge_answers(day)
    stands = book.stands() + taken_before(day, book)
    check(stands == expected(day), "%d stand at the host, but %d were told; %s", stands, expected(day), messages)
    judge_messages(book.kept)
    if day.losses:
        judge_losses(day, book)
    else:
        for message in messages:
            check(message["kind"] == "reversal" or message["reversed"] <= (message["stan"] in book.undone), "undone by nobody: %s", message)
    if day.case.offline:
        totals = world.call("queue.totals")
        check(totals["agrees"] and totals["pending"] == 0, "the sums do not agree: %s", totals)
    if day.answer:
        judge_day(day)
    state = world.host.call("host.state")
    wrong = {name: state[name] - world.counts.get(name, 0) for name in NEVER if state[name] != world.counts.get(name, 0)}
    if completed_before(day, book):
        world.counts["completions_refused"] = state["completions_refused"]
        check(wrong.pop("completions_refused", 0) <= 1, "a reservation was taken more than twice; %s", messages)
    requests_again = state["duplicates"] - state["unmarked"]
    check(not wrong, "the host has seen %s; %s", wrong, messages)
    check(requests_again == 0, "%d requests came again with their numbers; %s", requests_again, messages)


def judge_answers(day):
    """The same key again, after everything: the same answer."""
    for told in day.kept:
        again = day.world.call(told.method, **told.params)
        check(again.get("duplicate"), "%s was forgotten: %s", told.params["key"], again)
        for name in SAME:
            check(again.get(name) == told.answer.get(name), "%s was %s and is %s", told.params["key"], told.answer, again)
        check(told.outcome in STAND or told.amount == 0, "%s", told.answer)


def judge_messages(messages):
    """Each request that was given up has one reversal, acknowledged; what stands has none that was acknowledged."""
    undone = {}
    for message in messages:
        if message["kind"] != "reversal":
            continue
        check(message["response_code"] in ("00", "25"), "a reversal was not acknowledged: %s", message)
        undone.setdefault(message["original_stan"], []).append(message)
    for stan, reversals in undone.items():
        check(len(reversals) == 1, "%s has %d reversals: %s", stan, len(reversals), reversals)


# ---- a journal that was put back ----

METHODS = {"sale": ("payment.authorize", "payment.voice"), "refund": ("payment.refund",), "completion": ("payment.complete",)}


def judge_losses(day, book):
    """What was lost is forgotten as a whole, nothing new has its numbers, no call has booked twice before, and people are told."""
    world = day.world
    check(world.call("audit.verify")["ok"], "the audit chain of what was put back is broken")
    for told in day.lost:
        answer = day.try_call("payment.get", payment=told.params["key"])
        check(answer is None and day.errors[-1][1] == "NoExist", "%s is lost, and there: %s", told, answer)
    for loss in day.losses:
        new = [m for m in book.kept if int(m["stan"]) > loss.behind]
        if loss.noticed:
            check(all(int(m["stan"]) > loss.until + LEAP for m in new), "numbers go on behind %d without a gap: %s", loss.until, new)
        else: # nothing was written that the copy does not have
            check(not book.lost and not day.lost, "it is not noticed, but %s were sent, and %s told", book.lost, day.lost)
        rows = world.call("audit.list", since=loss.audit, limit=500)["entries"]
        told = [row["action"] for row in rows].count("journal.restored")
        # who is killed between the row and the anchor tells it again
        check(told == loss.noticed or loss.noticed < told <= 1 + world.ends - loss.ends, "%d rows tell of it, of %s", told, vars(loss))
    judge_lost_money(day, book)
    day.unknown = len(book.lost)


def completed_before(day, book):
    """A reservation that was completed in the time that is not known any more, and is completed again: the host has had it, and a person has to look."""
    before = [m for m in book.lost if m["kind"] == "completion" and m["booked"]]
    again = [told for told in day.kept if told.method == "payment.complete"]
    if before and not taken_before(day, book):
        check(all(told.outcome == "uncertain" for told in again), "completed once more: %s, behind %s", again, before)
    return before and again


def taken_before(day, book):
    """The money of such a completion where it is told as taken. The first answer to it would have said that there was one before; where that was not heard,
    the answer to a repeat is that the host has had it, as it is to one that was taken: a till cannot know better."""
    before = [m["amount"] for m in book.lost if m["kind"] == "completion" and m["booked"]]
    repeated = any(m["kind"] == "completion" and m["response_code"] == "94" and m["repeats"] for m in book.kept)
    told = any(told.method == "payment.complete" and told.outcome == "approved" for told in day.kept)
    return before[-1] if before and repeated and told else 0


def is_part(message):
    return message["response_code"] == "10"


def judge_lost_money(day, book):
    """Each call of the time that is not known any more has moved money at most once, and as it was told."""
    calls = [(told.method, told.params) for told in day.lost] + day.torn
    for kind, methods in METHODS.items():
        booked = [m for m in book.lost if m["kind"] == kind and m["booked"] and not m["reversed"]]
        asked = [params["amount"] for name, params in calls if name in methods]
        told = [told.amount for told in day.lost if told.method in methods and told.outcome in ("approved", "partial")]
        for message in booked:
            whole = next((a for a in asked if message["amount"] == (a // 2 if is_part(message) else a)), None)
            check(whole, "nobody has asked for %s", message)
            asked.remove(whole)
            if message["amount"] in told:
                told.remove(message["amount"])
        check(not told, "%s were told as approved, and are not at the host: %s", told, book.lost)
    voids = [params for name, params in calls if name == "payment.void"]
    for message in book.lost:
        if message["kind"] == "reversal" and any(m["stan"] == message["original_stan"] for m in book.kept):
            check(voids, "nobody has undone what %s undoes", message)


# ---- the end of a day ----

def sums(messages, undone):
    """Credits, debits and what was undone of them: `undone` says of a message whether, None when it is not counted."""
    found = {name: {"count": 0, "total": 0} for name in ("credits", "credit_reversals", "debits", "debit_reversals")}
    for message in messages:
        how = undone(message)
        if message["kind"] in ("preauth", "reversal") or how is None:
            continue
        side = "credit" if message["kind"] == "refund" else "debit"
        for name in [side + "s"] + [side + "_reversals"] * how:
            found[name]["count"] += 1
            found[name]["total"] += message["amount"]
    return found


def with_parts_unknown(told, ours, book):
    """The same sums where a part that was undone counts on both sides as the whole that was asked for: its answer was lost, or it was known, and one
    cannot tell from what the host has."""
    for side, refund in (("debit", False), ("credit", True)):
        more = {0}
        for message in book.kept:
            if message["stan"] in book.undone and is_part(message) and (message["kind"] == "refund") == refund:
                more |= {m + book.undone[message["stan"]]["amount"] - message["amount"] for m in more}
        found = told[side + "s"]["total"] - ours[side + "s"]["total"]
        if found in more:
            for name in (side + "s", side + "_reversals"):
                ours[name]["total"] += found
    return ours


def judge_day(day):
    """The sums are those of what the host has answered. They part from its own for one reason alone: what was undone because its answer was lost is counted
    here as taken and undone, which a till cannot know better; there not at all where the host has declined it, and as a part where it has taken one."""
    world = day.world
    messages, end = world.messages(world.day)
    book = Book(world, messages)
    host = sums(messages, lambda m: m["reversed"] if m["booked"] else None)
    ours = sums(book.kept, lambda m: m["stan"] in book.undone if m["booked"] or m["stan"] in book.undone else None)
    ours = with_parts_unknown(day.answer["sums"], ours, book)
    days = world.host.call("host.state")["days"]
    closed, world.days = days - world.days, days
    agreed = day.answer["balance"] == "in_balance"
    check(closed in (agreed, agreed + 1), "%d days were closed by %s", closed, day.answer)
    if closed > agreed: # once more, over an answer that nobody heard, or in the time that is not known any more
        host = sums([], None)
        ours = ours if day.losses else host
    check(day.answer["sums"] == ours, "the sums are %s, but should be %s", day.answer["sums"], ours)
    check(day.answer["host_sums"] == host, "the host's sums are %s, but should be %s", day.answer["host_sums"], host)
    check(agreed == (ours == host), "%s, but the sums are %s and %s", day.answer["balance"], ours, host)
    day.parted = not agreed
    if agreed:
        world.day = end
