"""The logs as an auditor reads them: in words, with what was written kept beside it."""

import pytest

from huiyin.accounts import actions as accounts
from huiyin.accounts import looks
from huiyin.registers import actions
from huiyin.web.views.admin import SAID as ACTS
from huiyin.web.views.looks import _looked_at
from tests.cases.office import officer

pytestmark = pytest.mark.django_db
CAMPAIGN = {"title": "12315在行动", "issued": "2026-03-01", "begins": "2026-03-01", "ends": "2026-12-31"}


@pytest.mark.parametrize(
    ("how", "what", "said"),
    [
        (looks.LIST, "cases kind stage (30)", "案件（类别 阶段），30条"), (looks.LIST, "recordings (0)", "录音留言，0条"),
        (looks.EXPORT, "register BS-campaign (1)", "台账（BS-campaign），1条"), (looks.LOG, "acts", "管理日志"),
        (looks.EXPORT, "search xlsx", "查到的案件（XLSX）"), (looks.FILE, "4f0c2a", "4f0c2a"), (looks.LIST, "elsewhere (3)", "elsewhere (3)"),
    ],
)  # fmt: skip
def test_a_look_is_told_in_words(how, what, said):
    assert _looked_at(how, what) == said


def test_an_act_on_a_register_is_told_with_its_name_and_what_was_done(desk):
    entry = actions.enter(("BS", "campaign"), CAMPAIGN, by=officer("unit_head", "city")).entry
    actions.act(entry, "annul", by=officer("unit_head", "city"), reason="登错了")
    page = desk("auditor", "province").get("/looks/acts/").content.decode()
    assert "专项行动　登记" in page
    assert "专项行动　作废" in page
    assert "记录的原文" in page
    assert not {name for name in ACTS if f"<b>{name}</b>" in page}
    accounts.came_in(officer("unit_head", "city").person, "password")
    lately = desk("administrator", "province").get("/manage/").content.decode()
    assert "专项行动" in lately
    assert "<b>登录</b>" not in lately  # who logs in when is the auditor's to read
    assert ">登录<" in desk("auditor", "province").get("/looks/acts/").content.decode()
