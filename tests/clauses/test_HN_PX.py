"""What a training, an analysis and a maintenance entry must hold: contents of the duties of the trainings, data and equipment rules."""

import pytest

from huiyin.core.entries import Duty
from tests.support.shipped import library


def contents(code: str, clause: str) -> str:
    """Everything the duties of a rule set ask for under that clause, in one line."""
    duties = [e for s in library().sets[code] for e in s.entries if isinstance(e, Duty) and clause in e.clauses]
    assert duties
    return "；".join(c for duty in duties for c in duty.contents)


@pytest.mark.clause("HN-PX-01", "HN-PX-02b")
def test_a_training_names_whom_it_is_for_and_what_it_serves():
    asked = contents("HN-PX", "HN-PX-01")
    assert all(
        group in asked for group in ("各级12315工作人员", "义务维权联络员", "义务监督员", "企业受理投诉点工作人员")
    )
    assert all(skill in contents("HN-PX", "HN-PX-02b") for skill in ("系统操作", "业务", "法规", "文明礼让"))


@pytest.mark.clause("HN-PX-03", "HN-PX-04")
def test_a_training_names_its_subject_and_its_form():
    assert all(s in contents("HN-PX", "HN-PX-03") for s in ("法律法规规章", "制度规范", "职业技能"))
    assert all(f in contents("HN-PX", "HN-PX-04") for f in ("集中培训", "内部自学", "经验交流", "其他"))


@pytest.mark.clause("HN-FX-01e", "HN-FX-02b")
def test_figures_come_from_the_system_and_add_up():
    assert "业务系统" in contents("HN-FX", "HN-FX-01e")
    assert "登记数等于受理、不受理、未决之和" in contents("HN-FX", "HN-FX-02b")


@pytest.mark.clause("HN-SB-01a", "HN-SB-02b", "HN-SB-05b")
def test_equipment_has_a_keeper_and_a_fault_its_four_steps():
    assert "归口负责人和定岗操作人员" in contents("HN-SB", "HN-SB-01a")
    assert all(step in contents("HN-SB", "HN-SB-05b") for step in ("发现", "报告领导", "联系技术人员", "修复"))
