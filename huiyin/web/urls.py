"""Addresses of our pages, one a verb: (address, view, name)."""

from django.urls import path

from huiyin.web.people import steadily
from huiyin.web.views import account, boards, case, desk, directory, evidence, inbox, public, several, track, work

PAGES = (
    ("", public.start, "start"),
    ("submit/<slug:kind>/", public.guided, "guided"),
    ("submit/<slug:kind>/check/", public.guided_check, "guided_check"),
    ("submit/<slug:kind>/<slug:slug>/", public.guided_screen, "guided_screen"),
    ("receipt/", public.receipt, "receipt"),
    ("receipt/qr.svg", public.receipt_qr, "receipt_qr"),
    ("who/", directory.who_takes_it, "who_takes_it"),
    ("track/", track.track, "track"),
    ("track/case/", track.tracked, "tracked"),
    ("track/case/files/<str:id>/<slug:part>/", evidence.tracked, "tracked_file"),
    ("track/case/supply/", track.supply, "track_supply"),
    ("track/case/withdraw/", track.withdraw, "track_withdraw"),
    ("track/case/rate/", track.rate, "track_rate"),
    ("login/", account.log_in, "login"),
    ("password/", account.change_password, "password"),
    ("logout/", account.log_out, "logout"),
    ("posting/", account.choose_posting, "posting"),
    ("work/", work.todo, "work"),
    ("inbox/", inbox.inbox, "inbox"),
    ("inbox/read/", inbox.inbox_read, "inbox_read"),
    ("inbox/<int:pk>/open/", inbox.inbox_open, "inbox_open"),
    ("inbox/notice/<int:pk>/", inbox.inbox_notice, "inbox_notice"),
    ("work/open/", work.open_ends, "open_ends"),
    ("board/", boards.board, "board"),
    ("board/list/", boards.drill, "board_list"),
    ("links/", boards.links, "links"),
    ("directory/", directory.search, "directory"),
    ("directory/new/", directory.change, "authority_new"),
    ("directory/<slug:code>/", directory.change, "authority"),
    ("directory/<slug:code>/checked/", directory.checked, "authority_checked"),
    ("cases/", work.cases, "cases"),
    ("cases/new/", desk.register, "register"),
    ("cases/new/look/", desk.look, "register_look"),
    ("cases/new/drafts/<int:pk>/delete/", desk.drop_draft, "drop_draft"),
    ("cases/<str:key>/", case.page, "case"),
    ("cases/<str:key>/files/<str:id>/original/", evidence.original, "file_original"),
    ("cases/<str:key>/files/<str:id>/<slug:part>/", evidence.shown, "file"),
    ("cases/<str:key>/split/", several.split, "split"),
    ("cases/<str:key>/join/", several.join, "join"),
    ("cases/<str:key>/reveal/", case.reveal, "reveal"),
    ("cases/<str:key>/<slug:event>/", case.step, "step"),
)
urlpatterns = [path(route, steadily(view), name=name) for route, view, name in PAGES]
