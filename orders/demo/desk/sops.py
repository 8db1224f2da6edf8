"""The SOPs of the demo company: two of them, one rewritten since, with who has read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from orders.demo.desk.playing import Scene
from orders.demo.desk.stage import DAY, Desk
from staff.actions.sops import publish_sop, read_sop
from staff.models import Sop, SopStep

Steps = tuple[dict[str, str], ...]
HANDLING, GOING_BACK = "订单处理", "退货与取消"
_COMPARED = "收货地址和联系电话与原件一致\n每一行的料号、数量、单位逐行对过\n单价与价目表或业务员的书面确认一致"
_HANDLING: Steps = (
    {
        "deed": "review", "title": "核对来单",
        "text": "先把客户发来的邮件、附件和聊天记录看完再核对。看不清的地方当天问客户，不要猜。",
        "checklist": "客户名称和开票抬头是同一家\n要货日期我们做得到，做不到的已经问过客户",
    },
    {"deed": "submit", "title": "录入", "text": "照原件录，不改客户写的料号。价格与上次不同的行写明原因。"},
    {"deed": "verify", "title": "复核", "text": "对着原件看，不要对着自己的印象看。", "checklist": _COMPARED},
    {"deed": "confirm", "title": "确认", "text": "确认以后价格和交期就是对客户的承诺；有疑问先挂起。"},
    {"deed": "release", "title": "下达仓库", "text": "下达前看一眼备注：随货单据、预约送货、贴标要求都要写给仓库。"},
)  # fmt: skip
_GOING_BACK: Steps = (
    {"title": "客户提出退货", "text": "先问清原因和批号，请客户拍照；未经批准不要答应退款。"},
    {
        "deed": "cancel", "title": "取消订单", "text": "下达以后取消，先打电话给仓库，再在系统里取消。",
        "checklist": "已与客户确认取消，原因记下来了\n仓库已停止备货\n有预付款的已告知财务",
    },
    {"deed": "reopen", "title": "重新打开", "text": "只为补发打开，不为改价格打开。"},
)  # fmt: skip


def sop_scenes(desk: Desk) -> Iterator[tuple[datetime, Scene]]:
    """Both are written, one is made stricter after an error, and most have read what is in force."""
    yield desk.office.ago(43 * DAY), _written(desk, HANDLING, _HANDLING, "第一版")
    yield desk.office.ago(30 * DAY), _written(desk, GOING_BACK, _GOING_BACK, "第一版")
    yield desk.office.ago(12 * DAY), _sharpened(desk)
    for days, title, readers in (
        (42, HANDLING, ("lin", "he", "zhou", "sun", "chen")),
        (29, GOING_BACK, ("lin", "zhou", "chen")),
        (11, HANDLING, ("lin", "sun", "chen")),
        (9.5, HANDLING, ("he",)),
    ):
        yield desk.office.ago(days * DAY), _read(desk, title, readers)


def _written(desk: Desk, title: str, steps: Steps, note: str) -> Scene:
    sop = Sop.objects.create(title=title)
    SopStep.objects.bulk_create(
        SopStep(sop=sop, position=place, title=step["title"], text=step["text"], deed=step.get("deed", ""),
                checklist=step.get("checklist", ""))
        for place, step in enumerate(steps, 1)
    )  # fmt: skip
    publish_sop(by=desk.person("admin"), sop=sop, note=note)
    yield from ()


def _sharpened(desk: Desk) -> Scene:
    sop = Sop.objects.get(title=HANDLING)
    sop.steps.filter(deed="verify").update(checklist=f"{_COMPARED}\n备注里写明随货单据和贴标要求")
    publish_sop(by=desk.person("admin"), sop=sop, note="客户两次投诉没有随货附检验报告，复核时加看备注")
    yield from ()


def _read(desk: Desk, title: str, readers: tuple[str, ...]) -> Scene:
    version = Sop.objects.get(title=title).versions.all()[0]
    for username in readers:
        read_sop(by=desk.person(username), version=version)
        yield 7
