"""What the parts of the demo share: steps that are printed, and fail the demo when their check does."""


class Step:
    """Prints one line per step, and fails the demo when the step's check does."""

    count = 0

    def __init__(self, text):
        Step.count += 1
        self.text = text

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind:
            print("  %2d. %s ... FAILED: %s" % (Step.count, self.text, value))
        else:
            print("  %2d. %s ... ok" % (Step.count, self.text))


def check(condition, text):
    if not condition:
        raise AssertionError(text)


def note(text):
    print("        " + text)


def show_paper(text):
    print("\n".join("        | " + line for line in text.splitlines()))


def money(cents):
    return "%d.%02d" % divmod(cents, 100)
