"""Addresses of our pages, one path() a verb."""

from django.urls import path

from huiyin.web.views import account, case, desk, public, track, work

urlpatterns = [
    path("", public.start, name="start"),
    path("submit/<slug:kind>/", public.guided, name="guided"),
    path("submit/<slug:kind>/check/", public.guided_check, name="guided_check"),
    path("submit/<slug:kind>/<slug:slug>/", public.guided_screen, name="guided_screen"),
    path("receipt/", public.receipt, name="receipt"),
    path("receipt/qr.svg", public.receipt_qr, name="receipt_qr"),
    path("track/", track.track, name="track"),
    path("track/case/", track.tracked, name="tracked"),
    path("track/case/supply/", track.supply, name="track_supply"),
    path("track/case/withdraw/", track.withdraw, name="track_withdraw"),
    path("track/case/rate/", track.rate, name="track_rate"),
    path("login/", account.log_in, name="login"),
    path("logout/", account.log_out, name="logout"),
    path("posting/", account.choose_posting, name="posting"),
    path("work/", work.todo, name="work"),
    path("cases/", work.cases, name="cases"),
    path("cases/new/", desk.register, name="register"),
    path("cases/<str:key>/", case.page, name="case"),
    path("cases/<str:key>/reveal/", case.reveal, name="reveal"),
    path("cases/<str:key>/<slug:event>/", case.step, name="step"),
]
