"""docs/api.md against the running service: greeting, objects, event data, and the results its examples show."""
import json
import pathlib
import re
import unittest

from poshal_test import SOURCE, Till

PAGE = pathlib.Path(SOURCE, "docs", "api.md").read_text(encoding="utf-8")
# These need a state the till is not in when its example is tried; other tests cover them.
NOT_NOW = {"rpc.cancel", "device.retain", "job.cancel", "job.copy", "job.get", "job.retry", "job.wait", "drawer.waitForClose",
           "events.unsubscribe", "scanner.beep", "scanner.configure", "scanner.disable", "scanner.enable",
           "scanner.trigger", "config.reload", "device.disable", "display.marquee",
           "device.adopt", "device.discover", "device.forget", "role.bind", "role.unbind", "drawer.tune",
           "scanner.clear", "scanner.symbology", "scale.live", "scale.read", "scale.tare", "scale.zero", "msr.configure",
           "msr.disable", "msr.enable", "card.status", "card.transmit", "terminal.endOfDay", "terminal.status",
           "payment.authorize", "payment.cancel", "payment.choose", "payment.complete", "payment.explain", "payment.get",
           "payment.refund", "payment.resolve", "payment.retry", "payment.void", "payment.voice", "queue.again", "queue.export", "queue.forceOffline",
           "queue.forward", "queue.handOver", "queue.hold", "queue.import", "queue.release", "queue.rewrap", "queue.seen", "queue.status",
           "queue.takeBack", "queue.verify"}
CHOSEN_BY_DEVICE = {"capabilities", "detail", "statistics"}


def section(heading):
    return re.search(rf"^### {heading}\n(.*?)^#", PAGE, re.M | re.S).group(1)


def members(text):
    """Names in the first column of a table; those that end in ? apart."""
    cells = re.findall(r"^\| (`.*?) \|", text, re.M)
    names = re.findall(r"`(\w+)`(\??)", " ".join(cells))
    return {name for name, optional in names if not optional}, {name for name, optional in names if optional}


def shape(value):
    if isinstance(value, dict):
        return {name: None if name in CHOSEN_BY_DEVICE else shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value and isinstance(value[0], dict) else list
    return type(value)


class ApiObjects(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.till = Till()
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, "receipt", "drawer", "display", "scanner")

    def check_members(self, heading, value):
        required, optional = members(section(heading).split("| state | final |")[0])
        self.assertLessEqual(required, set(value))
        self.assertLessEqual(set(value), required | optional)

    def test_greeting(self):
        example = json.loads(re.search(r"```json\n(.*?)```", section("Greeting"), re.S).group(1))
        self.assertEqual(shape(self.client.hello), shape(example["params"]))

    def test_device_and_job(self):
        for device in self.client.call("device.list")["devices"]:
            self.check_members("Device", device)
        self.client.call("printer.print", device="receipt", key="k", document={"text": "x"}, ttl_s=60, wait=True)
        self.check_members("Job", self.client.call("job.get", job="k")["job"])

    def test_event_data(self):
        rows = dict(re.findall(r"^\| `([a-z.]+)` \| (.*?) \| .*? \|$", PAGE, re.M))
        self.client.call("events.subscribe", topics=["*"])
        self.client.call("device.claim", device="scanner")
        self.client.call("scanner.enable", device="scanner")
        self.till.emulator.call("scanner.scan", text="4006381333931")
        self.client.call("printer.print", device="receipt", key="k", document={"text": "x"})
        self.till.emulator.call("drawer.set", open=True)
        self.till.emulator.call("printer.set", cover="open")
        for topic in ("scanner.data", "job.state", "drawer.state", "device.status"):
            data = self.client.event(topic)["data"]
            named = dict(re.findall(r"`(\w+)`(\??)", rows[topic].replace("`open`, `closed` or `unknown`", "")))
            self.assertLessEqual({name for name, optional in named.items() if not optional}, set(data), topic)
            self.assertLessEqual(set(data), set(named), topic)

    def test_examples(self):
        tried = 0
        for name, text in re.findall(r"^### `([a-z]+\.\w+)`\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S):
            request, answer = [json.loads(line) for line in
                               re.search(r"```json\n(.*?)```", text, re.S).group(1).strip().split("\n")]
            if name in NOT_NOW:
                continue
            with self.subTest(name):
                result = self.client.result(self.client.send(name, request["params"]))
                tried += 1
                for member, value in answer["result"].items():
                    if member in result and result[member]:
                        self.compare(shape(value), shape(result[member]))
        self.assertGreater(tried, 20)

    def compare(self, documented, real):
        """Every member shown is there, with the type shown; null stands for any."""
        if isinstance(documented, list) and isinstance(real, list):
            return self.compare(documented[0], real[0])
        if documented is list and isinstance(real, list):
            return None
        if not isinstance(documented, dict):
            if type(None) not in (documented, real):
                self.assertEqual(documented, real)
            return None
        for name, member in documented.items():
            self.assertIn(name, real)
            if member and real[name]:
                self.compare(member, real[name])
        return None


if __name__ == "__main__":
    unittest.main()
