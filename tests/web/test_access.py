"""Who may open which page: every address of ours stands in the table, for the public, for an outsider, and for an officer of the case."""

import pytest
from django.test import Client

from huiyin.web.urls import PAGES
from tests.cases.office import officer
from tests.web.test_case_page import registered

pytestmark = pytest.mark.django_db
LOGIN = "/login/"

# name of the page: (method, address, what the public gets, what an officer of another county gets, what the officer of the case gets)
TABLE = {
    "start": ("get", "/", 200, 200, 200),
    "say": ("get", "/say/", 200, 200, 200),
    "guided": ("get", "/submit/complaint/", 302, 302, 302),
    "guided_later": ("get", "/submit/complaint/later/", 302, 302, 302),
    "guided_check": ("get", "/submit/complaint/check/", 200, 200, 200),
    "guided_screen": ("get", "/submit/complaint/matter/", 200, 200, 200),
    "receipt": ("get", "/receipt/", 302, 302, 302),
    "receipt_qr": ("get", "/receipt/qr.svg", 404, 404, 404),
    "track": ("get", "/track/", 200, 200, 200),
    "tracked": ("get", "/track/case/", 302, 302, 302),
    "track_supply": ("post", "/track/case/supply/", 302, 302, 302),
    "track_withdraw": ("post", "/track/case/withdraw/", 302, 302, 302),
    "track_rate": ("post", "/track/case/rate/", 302, 302, 302),
    "track_object": ("post", "/track/case/object/", 302, 302, 302),
    "track_offer": ("post", "/track/case/offer/", 302, 302, 302),
    "track_offer_answer": ("post", "/track/case/offer/1/", 302, 302, 302),
    "respond": ("get", "/respond/", 200, 200, 200),
    "responding": ("get", "/respond/case/", 302, 302, 302),
    "respond_answer": ("post", "/respond/case/answer/", 302, 302, 302),
    "respond_offer": ("post", "/respond/case/offer/", 302, 302, 302),
    "respond_offer_answer": ("post", "/respond/case/offer/1/", 302, 302, 302),
    "respond_file": ("get", f"/respond/case/files/{'0' * 32}/copy/", 302, 302, 302),
    "respond_leave": ("post", "/respond/leave/", 302, 302, 302),
    "how": ("get", "/how/", 200, 200, 200),
    "privacy": ("get", "/privacy/", 200, 200, 200),
    "kiosk": ("get", "/kiosk/", 200, 200, 200),
    "kiosk_again": ("get", "/kiosk/again/", 302, 302, 302),
    "hand_out": ("get", "/cases/~{pk}/answer-code/", LOGIN, 404, 200),
    "login": ("get", "/login/", 200, 302, 302),
    "language": ("post", "/language/", 302, 302, 302),
    "logout": ("post", "/logout/", 302, 302, 302),
    "second": ("get", "/login/second/", 302, 302, 302),
    "again": ("get", "/login/again/", LOGIN, 200, 200),
    "passkey_asked": ("post", "/login/passkey/", 403, 403, 403),
    "passkey_answered": ("post", "/login/passkey/answer/", 403, 403, 403),
    "sign_on": ("get", "/login/sso/", 404, 404, 404),
    "signed_on": ("get", "/login/sso/back/", 404, 404, 404),
    "account": ("get", "/account/", LOGIN, 200, 200),
    "totp": ("get", "/account/totp/", LOGIN, 200, 200),
    "passkey_begin": ("post", "/account/passkeys/begin/", LOGIN, 200, 200),
    "passkey_add": ("post", "/account/passkeys/add/", LOGIN, 422, 422),
    "factor_remove": ("post", "/account/remove/", LOGIN, 302, 302),
    "recovery_codes": ("post", "/account/codes/", LOGIN, 302, 302),
    "sessions_end": ("post", "/account/sessions/end/", LOGIN, 302, 302),
    "report_password": ("post", "/account/report/", LOGIN, 302, 302),
    "security": ("get", "/security/", LOGIN, 403, 403),
    "security_act": ("post", "/security/1/unlock/", LOGIN, 403, 403),
    "looks": ("get", "/looks/", LOGIN, 403, 403),
    "admin_acts": ("get", "/looks/acts/", LOGIN, 403, 403),
    "case_looks": ("get", "/cases/~{pk}/looks/", LOGIN, 404, 404),
    "password": ("get", "/password/", LOGIN, 200, 200),
    "registers": ("get", "/registers/", LOGIN, 200, 200),
    "register_list": ("get", "/registers/BS-campaign/", LOGIN, 200, 200),
    "register_new": ("get", "/registers/BS-campaign/new/", LOGIN, 200, 200),
    "register_hotspots": ("get", "/registers/BS-campaign/hotspots/", LOGIN, 404, 404),
    "register_export": ("get", "/registers/BS-campaign/export/", LOGIN, 200, 200),
    "register_entry": ("get", "/registers/entry/1/", LOGIN, 404, 404),
    "register_change": ("get", "/registers/entry/1/change/", LOGIN, 404, 404),
    "register_do": ("get", "/registers/entry/1/do/annul/", LOGIN, 404, 404),
    "register_case": ("post", "/registers/entry/1/case/", LOGIN, 404, 404),
    "register_reveal": ("post", "/registers/entry/1/reveal/", LOGIN, 404, 404),
    "rules": ("get", "/rules/", 200, 200, 200),
    "procedure": ("get", "/rules/jiangmen/complaint/", 200, 200, 200),
    "rules_try": ("get", "/rules/jiangmen/complaint/try/", LOGIN, 200, 200),
    "rules_try_any": ("get", "/rules/try/", LOGIN, 200, 200),
    "rules_compare": ("get", "/rules/compare/", LOGIN, 200, 200),
    "adopted": ("get", "/rules/adopted/", LOGIN, 403, 403),
    "end_adoption": ("post", "/rules/adopted/1/end/", LOGIN, 403, 403),
    "rule_settings": ("get", "/rules/settings/", LOGIN, 403, 403),
    "moving": ("get", "/rules/move/", LOGIN, 403, 403),
    "manage": ("get", "/manage/", LOGIN, 403, 403),
    "admin_units": ("get", "/manage/units/", LOGIN, 403, 403),
    "admin_unit_new": ("get", "/manage/units/new/", LOGIN, 403, 403),
    "admin_unit": ("get", "/manage/units/county_a/", LOGIN, 403, 403),
    "admin_people": ("get", "/manage/people/", LOGIN, 403, 403),
    "admin_person_new": ("get", "/manage/people/new/", LOGIN, 403, 403),
    "admin_person": ("get", "/manage/people/1/", LOGIN, 403, 403),
    "admin_person_switch": ("post", "/manage/people/1/switch/", LOGIN, 403, 403),
    "admin_posting_end": ("post", "/manage/postings/1/end/", LOGIN, 403, 403),
    "admin_areas": ("get", "/manage/areas/", LOGIN, 403, 403),
    "admin_calendar": ("get", "/manage/calendar/", LOGIN, 403, 403),
    "admin_wording": ("get", "/manage/wording/", LOGIN, 403, 403),
    "admin_texts": ("get", "/manage/texts/", LOGIN, 403, 403),
    "admin_text": ("get", "/manage/texts/all/0/", LOGIN, 403, 403),
    "admin_tokens": ("get", "/manage/tokens/", LOGIN, 403, 403),
    "admin_token_revoke": ("post", "/manage/tokens/1/revoke/", LOGIN, 403, 403),
    "admin_hooks": ("get", "/manage/hooks/", LOGIN, 403, 403),
    "admin_hook_end": ("post", "/manage/hooks/1/end/", LOGIN, 403, 403),
    "admin_hook_resume": ("post", "/manage/hooks/1/resume/", LOGIN, 403, 403),
    "styleguide": ("get", "/styleguide/", LOGIN, 200, 200),
    "wording": ("post", "/wording/?procedure=nothing", LOGIN, 404, 404),
    "posting": ("post", "/posting/", LOGIN, 302, 302),
    "work": ("get", "/work/", LOGIN, 200, 200),
    "identity": ("get", "/identity/", LOGIN, 200, 200),
    "identity_answer": ("post", "/identity/1/answer/", LOGIN, 404, 404),
    "identity_show": ("post", "/identity/1/show/", LOGIN, 404, 404),
    "inbox": ("get", "/inbox/", LOGIN, 200, 200),
    "inbox_read": ("post", "/inbox/read/", LOGIN, 302, 302),
    "inbox_open": ("post", "/inbox/1/open/", LOGIN, 404, 404),
    "inbox_notice": ("get", "/inbox/notice/1/", LOGIN, 404, 404),
    "recordings": ("get", "/recordings/", LOGIN, 200, 200),
    "next_case": ("get", "/work/next/", LOGIN, 302, 302),
    "bulk": ("post", "/work/several/", LOGIN, 404, 404),
    "keep_filter": ("post", "/work/filters/", LOGIN, 404, 404),
    "drop_filter": ("post", "/work/filters/1/delete/", LOGIN, 404, 404),
    "palette": ("post", "/palette/", LOGIN, 200, 200),
    "call": ("post", "/cases/new/call/", 303, 303, 303),
    "take_caller": ("post", "/cases/new/caller/", LOGIN, 404, 404),
    "open_ends": ("get", "/work/open/?sort=unassigned", LOGIN, 200, 200),
    "search": ("get", "/search/", LOGIN, 200, 200),
    "export": ("get", "/export/", LOGIN, 302, 302),
    "exports": ("get", "/exports/", LOGIN, 200, 200),
    "export_file": ("post", "/exports/1/", LOGIN, 404, 404),
    "board": ("get", "/board/", LOGIN, 200, 200),
    "departments": ("get", "/board/departments/", LOGIN, 403, 403),
    "credit": ("get", "/board/credit/", LOGIN, 403, 403),
    "archive": ("get", "/archive/", LOGIN, 403, 403),
    "archive_propose": ("post", "/archive/propose/", LOGIN, 403, 403),
    "archive_hold": ("post", "/archive/hold/", LOGIN, 403, 403),
    "archive_list": ("get", "/archive/lists/1/", LOGIN, 403, 403),
    "archive_review": ("post", "/archive/lists/1/review/", LOGIN, 403, 403),
    "archive_leave_out": ("post", "/archive/lists/1/leave-out/", LOGIN, 403, 403),
    "archive_register": ("get", "/archive/register/", LOGIN, 403, 403),
    "rota": ("get", "/rota/", LOGIN, 200, 200),
    "on_duty": ("get", "/rota/now/", LOGIN, 200, 200),
    "rota_swap": ("get", "/rota/1/swap/", LOGIN, 404, 404),
    "rota_hand_over": ("post", "/rota/1/hand-over/", LOGIN, 404, 404),
    "lines": ("get", "/lines/", LOGIN, 200, 200),
    "line_end": ("post", "/lines/1/end/", LOGIN, 404, 404),
    "board_list": ("get", "/board/list/?what=red&unit=city", LOGIN, 404, 200),
    "links": ("get", "/links/", LOGIN, 200, 200),
    "screens": ("get", "/board/screens/", LOGIN, 403, 403),
    "screen_end": ("post", "/board/screens/1/end/", LOGIN, 403, 403),
    "wall": ("get", "/wall/", 200, 200, 200),
    "wall_leave": ("post", "/wall/leave/", 302, 302, 302),
    "cases": ("get", "/cases/", LOGIN, 200, 200),
    "register": ("get", "/cases/new/", LOGIN, 200, 200),
    "register_look": ("post", "/cases/new/look/?procedure=nothing", LOGIN, 404, 404),
    "drop_draft": ("post", "/cases/new/drafts/1/delete/", LOGIN, 404, 404),
    "directory": ("get", "/directory/", LOGIN, 200, 200),
    "authority_new": ("get", "/directory/new/", LOGIN, 403, 403),
    "authority": ("get", "/directory/housing/", LOGIN, 403, 403),
    "authority_checked": ("post", "/directory/housing/checked/", LOGIN, 403, 403),
    "who_takes_it": ("get", "/who/", 200, 200, 200),
    "split": ("get", "/cases/~{pk}/split/", LOGIN, 404, 200),
    "join": ("get", "/cases/~{pk}/join/", LOGIN, 404, 200),
    "case": ("get", "/cases/~{pk}/", LOGIN, 404, 200),
    "evidence": ("get", "/cases/~{pk}/files/", LOGIN, 404, 200),
    "reveal": ("post", "/cases/~{pk}/reveal/", LOGIN, 404, 404),
    "file": ("get", f"/cases/~{{pk}}/files/{'0' * 32}/copy/", LOGIN, 404, 404),
    "file_original": ("post", f"/cases/~{{pk}}/files/{'0' * 32}/original/", LOGIN, 404, 404),
    "tracked_file": ("get", f"/track/case/files/{'0' * 32}/copy/", 302, 302, 302),
    "step": ("get", "/cases/~{pk}/note_added/", LOGIN, 404, 200),
}


def test_every_address_stands_in_the_table():
    assert {name for _route, _view, name in PAGES} == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_who_gets_what(name):
    method, address, public, outsider, own = TABLE[name]
    case = registered("jiangmen/complaint", "city")
    for who, expected in ((None, public), (("handler", "county_b"), outsider), (("intake_officer", "city"), own)):
        client = Client()
        if who:
            client.force_login(officer(*who).person)
        answer = getattr(client, method)(address.format(pk=case.pk))
        if expected == LOGIN:
            assert answer.status_code == 302
            assert answer.url.startswith(LOGIN)
        else:
            assert answer.status_code == expected, (name, who)


def test_forms_without_the_safety_mark_are_refused_in_words():
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/track/", {"number": "1", "code": "2"})
    assert answer.status_code == 403
    assert "没有提交成功" in answer.content.decode()


@pytest.mark.parametrize("address", ["/", "/track/", "/login/", "/submit/complaint/matter/"])
def test_every_page_forbids_scripts_and_styles_that_are_not_ours(client, address):
    answer = client.get(address)
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    page = answer.content.decode()
    assert "style=" not in page
    assert "onclick" not in page
    assert "<script>" not in page
