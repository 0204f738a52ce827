"""The demo's outage: the line to the host is down, sales stand within limits, and all of it comes right when the line is back."""

from demo_steps import Step, check, money, note

# cards that decline by themselves only because there is no host: then the shop decides
CARD = "unable-declines"
OFFLINE = """
[offline]
enabled = yes
i_understand_pci_scope = yes
currency = EUR
max_sale = 50.00
max_total = 2000.00
max_sale_pin = 50.00
max_sale_no_cvm = 50.00
random_online = 0
"""


def pending(client):
    return client.call("queue.status")["pending"]


def sell(till, pans, serial, amount):
    pans.append(till.swap(CARD, serial=serial))
    return till.pay("outage-%d" % serial, amount, offline="allow")


def stands(result, amount, count, total):
    """It was accepted here, and the answer says what is at stake."""
    check((result["outcome"], result["mode"], result["kind"], result["amount_approved"]) ==
          ("approved_offline", "offline", "sale_deferred", amount), result)
    check((result["exposure"]["count"], result["exposure"]["total"]) == (count, total), result["exposure"])


def play_outage(till, pans):
    print("\nAn outage: nobody answers for the host, and sales up to 50.00 stand without it")
    client = till.pay_client
    client.call("events.subscribe", topics=["queue"])
    before = sum(amount for _, amount in till.standing())
    with Step("nobody takes connections for the host any more; 12.50 is accepted here"):
        till.host(fault="refuse")
        stands(sell(till, pans, 4801, 1250), 1250, 1, 1250)
    with Step("20.05 with another card"):
        stands(sell(till, pans, 4802, 2005), 2005, 2, 3255)
    with Step("60.00 is more than may stand: refused, and the limit is named"):
        result = sell(till, pans, 4803, 6000)
        check((result["outcome"], result["reason"]) == ("declined", "offline_limit"), result)
        check(result["limit"].startswith("max_sale"), result)
    note("%s: %s" % (result["limit"], result["message"]))
    with Step("queue.status: two sales wait, and nothing of them is at the host"):
        status = client.call("queue.status")
        check((status["pending"], status["pending_total"]) == (2, 3255), status)
        check(sum(amount for _, amount in till.standing()) == before, till.ledger())
    note("at risk %s of %s, accepted until %s" % (money(status["pending_total"]), money(status["limits"]["max_total"]),
                                                  status["accept_until"]))
    with Step("the line is back: what waited is sent, once"):
        till.host(fault="none")
        client.call("queue.forward", operator="demo", reason="the line is back")
        while pending(client):
            client.event("queue.state")
        check(sum(amount for _, amount in till.standing()) == before + 1250, till.ledger())
    with Step("20.05 was declined by the issuer, after the customer has left: work for somebody"):
        work = client.call("queue.list", filter="work")["records"]
        check([(r["state"], r["amount"], r["response_code"]) for r in work] == [("declined", 2005, "51")], work)
    note(work[0]["work"]["reason"])
    note("what to do: " + work[0]["work"]["action"])
    with Step("the sums agree: accepted is approved and declined, nothing waits"):
        totals = client.call("queue.totals")
        check(totals["agrees"] and totals["pending"] == 0, totals)
        row, = [t for t in totals["totals"] if t["family"] == "stand_in"]
        check([row[name]["total"] for name in ("accepted", "approved", "declined")] == [3255, 1250, 2005], row)
    with Step("somebody has seen to it: nothing is left to do"):
        client.call("queue.seen", payment="outage-4802", operator="demo", reason="the customer pays cash")
        check(client.call("queue.status")["work"] == 0, "still work")
