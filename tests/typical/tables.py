"""Tables of typical answers, filled by decorators: `R(check)` for a right one, `W(check, label)` for a wrong one."""


def tables():
    """(R, W, RIGHT, WRONG): two decorators, and the tables that they fill."""
    right, wrong = {}, {}

    def put_right(check, label=""):
        return lambda answer: right.setdefault(f"check_{check}", []).append(answer)

    def put_wrong(check, label):
        return lambda answer: wrong.setdefault(f"check_{check}", []).append((label, answer))

    return put_right, put_wrong, right, wrong
