from teams.management.progress import ProgressBar


def test_nothing_is_shown_before_the_first_step(capsys):
    with ProgressBar(name="Import", unit="rows"):
        pass
    assert capsys.readouterr().err == ""


def test_progress_goes_to_stderr_alone(capsys):
    with ProgressBar(name="Import", unit="rows") as bar:
        bar(3, 10)
        bar(10, 10)
    said = capsys.readouterr()
    assert said.out == ""
    assert "Import: 100%" in said.err
    assert "10/10" in said.err


def test_a_bar_that_is_not_wanted_stays_away(capsys):
    with ProgressBar(name="Import", unit="rows", shown=False) as bar:
        bar(1, 2)
    assert capsys.readouterr().err == ""
