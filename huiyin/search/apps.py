"""The search as a Django app."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Lets the index of words follow every act, and lets it forget with the keys of a case."""

    name = "huiyin.search"
    protected_tables = ("search_searchlog",)

    def ready(self) -> None:
        """The texts of an act are known in plain only inside its transaction, so the index is written there too."""
        from huiyin.cases import projections
        from huiyin.search import exporting, indexing
        from huiyin.vault import erasing, rotating

        projections.register(
            "search", indexing.follow, indexing.rebuild, order=45, keys=True, in_bulk=indexing.renew_all
        )
        erasing.follow(indexing.forget)
        rotating.follow(rotating.Follower(masters=exporting.masters, move=exporting.wrap_anew))
