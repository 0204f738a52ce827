"""The demo's card payments: chip cards in an emulated reader, a host and a terminal that keep accounts of their own.

Each step is checked at the books of the host or the terminal: what was told and what stands there must be the same.
"""

import os

from demo_outage import play_outage
from demo_steps import Step, check, money, note, show_paper
from poshal_test import memory_holds

AMOUNT = 6074


def ends(result, outcome, reason=None):
    check((result["outcome"], result.get("reason")) == (outcome, reason), result)


def amounts(till):
    """What stands at the host."""
    return [amount for _, amount in till.standing()]


def pay_by_chip(till):
    """Returns the account numbers of the cards that were used, and what stands at the host."""
    print("\nChip cards: an emulated card in a reader of pcscd, and an emulated host that keeps a ledger")
    client = till.connect()
    pans = []
    with Step("pay %s; the customer inserts a card, the host approves" % money(AMOUNT)):
        call = till.ask("card-1", AMOUNT)
        till.step(call, "insert_card")
        pans.append(till.insert("visa-online", serial=4711))
        result = client.result(call)
        ends(result, "approved")
        check(amounts(till) == [AMOUNT], till.ledger())
    print_receipt(till, client, result["receipts"]["customer"])
    with Step("the same key again asks nobody, and is told the same"):
        check(till.pay("card-1", AMOUNT) == {**result, "duplicate": True}, "another result")
        check(amounts(till) == [AMOUNT], till.ledger())
    with Step("declined by the host: nothing stands there"):
        till.host(response="51")
        ends(till.pay("card-2", 100), "declined", "host_declined")
        till.host(response="")
        check(amounts(till) == [AMOUNT], till.ledger())
    with Step("declined by the card: the host is not asked"):
        pans.append(till.swap("declines", serial=4712))
        ends(till.pay("card-3", 100), "declined", "card_declined")
        check(len(till.ledger(all=True)["entries"]) == 2, till.ledger(all=True))
    with Step("cancelled at the till while it waits for a card"):
        till.remove()
        till.wait_card("absent")
        call = till.ask("card-4", 100)
        till.step(call, "insert_card")
        client.call("payment.cancel", payment="card-4")
        ends(client.result(call), "cancelled", "cancelled")
    with Step("the host books it, then the card says no: reversed at the host"):
        pans.append(till.insert("declines-after-approval", serial=4713))
        result = till.pay("card-5", 100)
        ends(result, "declined", "card_declined")
        till.undone(result["payment"])
        check(amounts(till) == [AMOUNT], till.ledger())
    with Step("void the sale: it stands no longer"):
        sale = client.call("payment.get", payment="card-1")["payment"]["payment"]
        void = client.call("payment.void", payment="card-1", key="void-1", operator="demo", reason="wrong amount")
        ends(void, "approved")
        till.undone(sale)
        check(amounts(till) == [], till.ledger())
    return pans


def print_receipt(till, client, document):
    with Step("print the customer's receipt"):
        till.emulator.call("printer.tear", device="till-printer")
        job = client.call("printer.print", device="receipt", key="card-receipt", document=document, wait=True)
        check(job["state"] == "printed", job)
    show_paper(till.emulator.call("printer.paper", device="till-printer")["text"].rstrip())


def pull_the_card(till):
    """The card leaves at its first command, then at its second, until a sale goes through."""
    told = []
    booked = 0
    with Step("the card is pulled at its first command, at its second, ... until a sale goes through"):
        while not told or told[-1]["outcome"] != "approved":
            at = len(told) + 1
            check(at < 40, "it never goes through")
            till.remove()
            till.wait_card("absent")
            till.insert("mc-cda", serial=4714, pull_at=at)
            result = till.pay("pulled-%d" % at, 1000 + at)
            told.append(result)
            if result["outcome"] == "approved":
                continue
            ends(result, "cancelled", "card_removed")
            if result["message"].endswith("is being undone"): # the host had said yes
                booked += 1
                till.undone(result["payment"])
        check(booked, told)
        check(amounts(till) == [1000 + len(told)], till.ledger())
    note("1 to %d: nothing was booked; %d to %d: booked and reversed; %d commands: %s" %
         (len(told) - 1 - booked, len(told) - booked, len(told) - 1, len(told) - 1, told[-1]["outcome"]))


def pay_at_terminal(till):
    print("\nA payment terminal (ZVT): it keeps the card and books of its own")
    client = till.pay_client
    till.wait_ready(client, "card-terminal")

    def booked():
        return [e["amount"] for e in till.emulator.call("terminal.ledger")["entries"] if not e["reversed"]]

    with Step("pay %s at the terminal" % money(AMOUNT)):
        ends(till.pay("zvt-1", AMOUNT, device="card-terminal"), "approved")
        check(booked() == [AMOUNT], booked())
    with Step("the line breaks when the terminal has booked and not yet answered: it is asked, not told again"):
        till.emulator.call("terminal.set", fault="close_before", policy="keep")
        ends(till.pay("zvt-2", 1200, device="card-terminal"), "approved")
        check(booked() == [AMOUNT, 1200], booked())


def look_for_numbers(till, pans):
    """Where account numbers must not be: any file of the instance, the memory of the service."""
    forms = [form for pan in pans for form in (pan.encode(), bytes.fromhex(pan.ljust(len(pan) + len(pan) % 2, "f")))]
    with Step("the account numbers of these cards are in no file, and not in the service's memory"):
        for folder, _, names in os.walk(till.root):
            for path in (os.path.join(folder, name) for name in names):
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as f:
                        text = f.read()
                    check(not any(form in text for form in forms), path)
        check(not any(memory_holds(till.daemon.pid, form) for form in forms), "poshald holds one")


def play_cards(till, why_not):
    """All of it; without a reader, for the reason that is given, what a terminal can do."""
    pans = []
    if why_not:
        till.pay_client = till.client()
        print("\nChip cards are left out: %s." % why_not)
    else:
        pans = pay_by_chip(till)
        pull_the_card(till)
        play_outage(till, pans)
        pans.append(till.swap("mc-cda", serial=4714))
    pay_at_terminal(till)
    if pans:
        look_for_numbers(till, pans)
