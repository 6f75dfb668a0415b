"""The cases as a Django app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Registers the copies that this floor keeps beside the log; the log itself is never changed, which the database sees to."""

    name = "huiyin.cases"
    protected_tables = ("cases_event", "cases_anchor", "cases_anchorleaf")

    def ready(self) -> None:
        """Dues first: other copies may look at them."""
        from huiyin.cases import builtin, businesses, evidence, finding, holdings, openends, projections, respondents
        from huiyin.org.actions import before_leaving
        from huiyin.vault import erasing, rotating

        projections.register("dues", builtin.refresh_dues, builtin.rebuild_dues, order=10)
        projections.register("evidence", evidence.follow, evidence.rebuild, order=20)
        projections.register("open_ends", openends.follow, openends.rebuild, order=30)
        projections.register("businesses", businesses.refresh, businesses.rebuild, order=40, keys=True)
        before_leaving(holdings.before_leaving)
        erasing.follow(respondents.forget)
        rotating.follow(rotating.Follower(plain=finding.codes, move=businesses.close_anew))
