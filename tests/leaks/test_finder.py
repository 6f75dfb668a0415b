"""Spellings of a person that are found in a text, each with its place; and what is not taken for one."""

import time
from itertools import pairwise

import pytest

from huiyin.core.leaks import Finder, told_of_oneself

KNOWN = (
    ("name", "王小明"), ("phone", "13812345678"), ("id_number", "41010519800101234X"), ("email", "wangxm88@163.com"),
    ("address", "示范省示范市甲县城关镇幸福路12号阳光小区3号楼2单元501室"), ("account", "wxid_abc123"),
)  # fmt: skip
FINDER = Finder(KNOWN)


def found(text, finder=FINDER):
    return [(mark.kind, text[mark.start : mark.end]) for mark in finder.marks(text)]


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        ("name", "王小明 王_小_明 王·小·明 王-小/明 王＊小＊明 王\u200b小\u200b明 王曉明 王晓明 "
            "汪小明 王*明 王某明 王小* 明小王 王（小）明 王\u3000小\u3000明"),
        ("called", "王某 王某某 王先生 王女士 王小姐 王师傅 老王 小王 王** 王×× 小明先生 王姓消费者"),
        ("pinyin", "wangxiaoming Wang_Xiaoming XIAOMING-WANG wáng-xiǎo-míng wang2xiao3ming2 王xm ｗａｎｇｘｉａｏｍｉｎｇ"),
        (
            "phone",
            "13812345678 138-1234-5678 138.1234.5678 138_1234_5678 １３８１２３４５６７８ 一三八一二三四五六七八 "
            "壹叁捌壹贰叁肆伍陆柒捌 幺三八幺二三四五六七八 "
            "①③⑧①②③④⑤⑥⑦⑧ l38l2345678 +86-138-1234-5678 138****5678 138xxxx5678 2345678 1381234**** 尾号5678 后四位是5678 345678",
        ),
        ("id_number", "41010519800101234X 41010519800101234x 410105-19800101-234X 4101051980 01234X 身份证尾号234X 19800101"),
        ("birth_date", "1980年1月1日 1980-01-01 1980.1.1 一九八〇年一月一日"),
        ("email", "wangxm88@163.com WANGXM88＠163．COM wangxm88(at)163.com wangxm88艾特163点com wangxm88"),
        ("account", "wxid_abc123 WXID-ABC123 wxidabc123"),
        ("address", "幸福路12号 幸福路１２号 幸福路十二号 幸福路，12号 阳光小区3号楼 阳光小区三栋 阳光小区的3号 3-2-501 3号楼2单元501室"),
    ],
)  # fmt: skip
def test_every_spelling_is_found_where_it_stands(kind, spellings):
    for written in spellings.split(" "):
        said = written.replace("_", " ") if kind not in ("account", "email") else written
        text = f"据反映，{said}，请说明情况。"
        hits = found(text)
        assert hits, f"{said} was not found"
        assert {k for k, _ in hits} == {kind}, (said, hits)
        start, end = FINDER.marks(text)[0].start, FINDER.marks(text)[-1].end
        assert text[start:end].strip() in said
        assert end - start >= min(4, len(said)) - 2


@pytest.mark.parametrize(
    "text",
    [
        "请贵店在三个小时内说明王某些商品的来源", "由于某种原因，小区门口的路灯不亮",
        "2026年5月11日第5678号单据", "共5678元", "国王酒店的明日套餐",
        "幸福路45号的门店", "幸福路附近", "阳光小区门口", "410105", "订单20265678901", "小米手机",
        "明天请到店里", "请提供进货票据和检验报告", "王府井大街",
    ],
)  # fmt: skip
def test_other_words_are_let_be(text):
    assert found(text) == []


def test_several_places_are_told_in_their_order_and_the_longest_counts():
    text = "王小明（电话13812345678）住幸福路12号，王先生说"
    assert [kind for kind, _ in found(text)] == ["name", "phone", "address", "called"]


def test_what_the_other_side_has_as_well_gives_nothing_away():
    finder = Finder(KNOWN, ("幸福路12号一层", "13812345678", "王小明烘焙店"))
    assert found("贵店在幸福路12号，电话13812345678", finder) == []
    assert found("王小明烘焙店", finder) == []
    assert found("阳光小区3号楼", finder) != []


def test_names_of_other_kinds():
    assert found("John-Smith came", Finder([("name", "John Smith")])) == [("name", "John-Smith")]
    assert found("Smith, John", Finder([("name", "John Smith")])) == [("name", "Smith, John")]
    assert found("欧阳某反映", Finder([("name", "欧阳娜")])) == [("called", "欧阳某")]
    assert found("示 范 有限公司举报", Finder([("name", "示范有限公司")])) == [("name", "示 范 有限公司")]
    assert found("张开了嘴", Finder([("name", "张凯")])) == []
    assert found("张 凯", Finder([("name", "张凯")])) == [("name", "张 凯")]
    assert Finder([("name", "李"), ("phone", "123"), ("postcode", "450000")]).marks("李 123 450000") == []


def test_numbers_that_somebody_names_as_his_own():
    text = "店家微信 shop_8888，我的微信是 Abc_12345，本人电话：0371-65551234，联系邮箱 a.b@example.org"
    assert sorted(told_of_oneself(text)) == [
        ("account", "abc_12345"),
        ("email", "a.b@example.org"),
        ("phone", "0371-65551234"),
    ]


def test_a_landline_is_found_without_its_area():
    finder = Finder([("phone", "0371-65551234")])
    for said in ("037165551234", "0371 6555 1234", "65551234", "6555-1234", "尾号1234"):
        assert [kind for kind, _ in found(f"电话是{said}。", finder)] == ["phone"], said


def test_places_count_characters_of_the_text_as_it_was_written():
    text = "①②ﬃ王\u0301小\u200d明"
    (mark,) = FINDER.marks(text)
    assert text[mark.start : mark.end] == "王\u0301小\u200d明"


@pytest.mark.parametrize("one", ["王小明", "王小", "138", "xiao ming ", "人民路12号", "我的电话：1"])
def test_a_long_text_takes_time_by_its_length(one):
    text = (one * 100_000)[:200_000]
    found = Finder([("name", "王小明"), ("phone", "13800138000"), ("address", "甲市人民路12号3栋2单元501室")])
    began = time.process_time()
    marks = found.marks(text)
    list(told_of_oneself(text))
    assert time.process_time() - began < 10
    assert all(mark.end <= other.start for mark, other in pairwise(marks))
