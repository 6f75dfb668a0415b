"""`huiyin retention`: what an operator sees and does; the tables of periods, read strictly."""

from datetime import date

import pytest

from huiyin.cases import clock
from huiyin.commands import Stop
from huiyin.commands import retention as command
from huiyin.core.errors import RuleError
from huiyin.core.retention import load
from huiyin.core.vocabulary import RULES, load_vocabulary
from huiyin.retention import actions
from huiyin.retention.models import Item
from tests.retention.old import LATER, archived, keeper, lines, reviewers


def asked(capsys, action, **given):
    defaults = {"officer": str(keeper().person.username), "most": 100, "on": None} if action != "periods" else {}
    assert getattr(command, f"_{action}")(type("Args", (), defaults | given)) == 0
    return capsys.readouterr().out


@pytest.mark.django_db
def test_from_the_list_to_the_table_of_the_register(capsys):
    case, other = archived(), archived()
    with clock.at(LATER):
        actions.hold(other, by=keeper(), reason="法院调卷")
        said = asked(capsys, "list")
        assert f"{case}  一般案件，10年  2037-01-01  可以提出销毁" in said
        assert f"{other}  一般案件，10年  2037-01-01  已要求保留，不得销毁" in said
        assert "1 件，等待两人评审" in asked(capsys, "propose")
        with pytest.raises(Stop):
            asked(capsys, "propose")
        assert "已销毁 0 件" in asked(capsys, "run")
        for one in reviewers():
            actions.review(lines(Item.objects.get().proposal), by=one, agrees=True)
        assert "已销毁 1 件；0 件" in asked(capsys, "run")
    table = asked(capsys, "register").splitlines()
    assert table[0].startswith("登记号,案件编号,类别")
    assert table[1].startswith(f"1,{case.number},投诉,city,2026-05-13,10年,")
    assert "期满 0 件" in asked(capsys, "list", on=date(2030, 1, 1))


def test_the_periods_are_shown(capsys):
    said = asked(capsys, "periods")
    assert "state_secret  永久" in said
    assert "ordinary  10 年" in said


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[[keep]]\ncode = "a"\nlabel = "甲"\nyears = 0', "years"),
        ('[[keep]]\ncode = "a"\nlabel = "甲"\nyears = true', "years"),
        ('[[keep]]\ncode = "a"\nlabel = "甲"\nyears = 5\nkinds = ["nothing"]', "kinds"),
        ('[[keep]]\ncode = "a"\nlabel = "甲"\nyears = 5\nfor_ever = 1', "for_ever"),
        ('[[keep]]\ncode = "a"\nlabel = "甲"\nyears = 5\nthen = "forget"', "then"),
        ('[[keep]]\nlabel = "甲"\nyears = 5', "code"),
    ],
)
def test_a_mistake_in_a_table_is_named(tmp_path, text, key):
    (tmp_path / "retention.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as error:
        load(load_vocabulary(), RULES, tmp_path)
    assert (error.value.file, error.value.entry, error.value.key) == ("retention.toml", "[[keep]] 1", key)
