"""Trees of categories: read strictly, in force from-to, labels that old cases keep, an office's own over the shipped."""

from datetime import date

import pytest

from huiyin.cli import main
from huiyin.core.categories import SHIPPED, load
from huiyin.core.errors import RuleError

HEAD = 'scheme = "own"\ntitle = "自己的"\nsource = "本单位"\nin_force = 2020-01-01\n'


def tree(tmp_path, body, name="own", head=HEAD):
    folder = tmp_path / "categories"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(head + body, encoding="utf-8")
    return load([SHIPPED, folder])


def test_the_shipped_trees_are_whole_and_every_code_is_said_once():
    trees = load()
    assert set(trees.schemes) == {"goods", "services", "problems", "offences", "letters"}
    assert trees.get("goods:kettle").path_text == "家用电器 › 电热水壶"
    assert trees.schemes["problems"].serves("complaint")
    assert not trees.schemes["problems"].serves("report")
    assert all(len(scheme.categories) > 5 for scheme in trees.schemes.values())


def test_a_category_holds_from_to_and_an_old_code_keeps_its_label(tmp_path):
    trees = tree(
        tmp_path,
        'category = [{ code = "old", label = "旧的", to = 2024-12-31 }, { code = "new", label = "新的", from = 2025-01-01 }]',
    )
    assert trees.valid("own:old", date(2024, 12, 31))
    assert not trees.valid("own:old", date(2025, 1, 1))
    assert not trees.valid("own:new", date(2024, 12, 31))
    assert trees.label("own:old") == "旧的"
    assert trees.label("nobody:knows") == "nobody:knows"
    assert [c.code for _scheme, found in trees.on(date(2025, 6, 1)) for c in found if c.id.startswith("own:")] == [
        "new"
    ]


def test_an_offices_own_tree_takes_the_place_of_the_shipped_and_old_labels_stay(tmp_path):
    head = HEAD.replace('"own"', '"goods"')
    trees = tree(tmp_path, 'category = [{ code = "all", label = "全部商品" }]', "goods", head)
    assert list(trees.schemes["goods"].categories) == ["all"]
    assert trees.label("goods:kettle") == "电热水壶"
    assert not trees.valid("goods:kettle", date(2026, 1, 1))


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ('category = [{ code = "a", label = "甲", colour = "red" }]', "colour"), ('category = [{ code = "A b", label = "甲" }]', "code"),
        ('category = [{ code = "a", label = "" }]', "label"), ('category = [{ code = "a", label = "甲" }, { code = "a", label = "乙" }]', "code"),
        ('category = [{ code = "a", label = "甲", parent = "b" }]', "parent"),
        ('category = [{ code = "a", label = "甲", from = 2025-01-01, to = 2024-01-01 }]', "to"),
        ('category = [{ code = "a", label = "甲", to = 2024-01-01 }, { code = "b", label = "乙", parent = "a", to = 2025-01-01 }]', "from, to"),
        ('category = [{ code = "a", label = "甲", words = "词" }]', "words"), ('kinds = ["nothing"]\ncategory = []', "kinds"),
        ('category = "none"', "category"), ("colour = 1\ncategory = []", "colour"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_and_key(tmp_path, body, key):
    with pytest.raises(RuleError) as error:
        tree(tmp_path, body)
    assert error.value.key == key
    assert "own.toml" in error.value.file


def test_the_file_is_named_like_its_scheme(tmp_path):
    with pytest.raises(RuleError, match="scheme"):
        tree(tmp_path, "category = []", "other")


def test_a_file_that_is_no_toml_is_named(tmp_path):
    with pytest.raises(RuleError, match="not valid TOML"):
        tree(tmp_path, "category = [", "own")


def test_rules_check_reads_the_trees_and_the_outside_systems_of_an_office(tmp_path, capsys):
    (tmp_path / "categories").mkdir()
    (tmp_path / "categories" / "own.toml").write_text(
        HEAD + 'category = [{ code = "a", label = "甲" }]', encoding="utf-8"
    )
    (tmp_path / "systems.toml").write_text('[[system]]\ncode = "mayor"\nlabel = "市长信箱系统"\n', encoding="utf-8")
    assert main(["rules", "check", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "分类 own 自己的：1 类" in told
    assert "市长信箱系统" in told
    (tmp_path / "systems.toml").write_text('[[system]]\ncode = "mayor"\n', encoding="utf-8")
    assert main(["rules", "check", str(tmp_path)]) == 1
    assert "systems.toml" in capsys.readouterr().err
    (tmp_path / "systems.toml").unlink()
    (tmp_path / "categories" / "own.toml").write_text(HEAD + 'category = [{ code = "a" }]', encoding="utf-8")
    assert main(["rules", "check", str(tmp_path)]) == 1
    assert "own.toml" in capsys.readouterr().err
