"""The words sheets use for the state of an order, and what each means here."""

from __future__ import annotations

from dataclasses import dataclass

from orders.status import Fulfilment, Returning, Status


@dataclass(frozen=True)
class Standing:
    """Where an order stands: its state and the axes a word tells about."""

    state: Status
    fulfilment: Fulfilment = Fulfilment.NONE
    returning: Returning = Returning.NONE

    @property
    def is_shipped(self) -> bool:
        """Whether all of it has left the house."""
        return self.fulfilment in {Fulfilment.SHIPPED, Fulfilment.DELIVERED, Fulfilment.SIGNED, Fulfilment.EXCEPTION}


_MEANINGS: tuple[tuple[Standing, str], ...] = (
    (
        Standing(Status.COMPLETED, Fulfilment.SHIPPED),
        (
            "shipped|已发货|发货|全部发货|已出库|已发出|已完成|完成|交易成功|交易完成|completed|complete|done|fulfilled|resolved"
            "|invoiced|已开票|paid|已付款发货|dispatched|sent"
            "|shipped picked up|shipped out for delivery|卖家已发货|待收货|已结算"
        ),
    ),
    (Standing(Status.COMPLETED, Fulfilment.DELIVERED), "delivered|shipped delivered to buyer|已送达|送达|已交货"),
    (Standing(Status.COMPLETED, Fulfilment.SIGNED), "signed|已签收|签收|已收货|确认收货|received by customer"),
    (
        Standing(Status.COMPLETED, Fulfilment.EXCEPTION),
        "disputed|shipped lost in transit|shipped damaged|有争议|争议|异常",
    ),
    (
        Standing(Status.COMPLETED, Fulfilment.SHIPPED, Returning.FULL),
        (
            "returned|refunded|shipped returned to seller|shipped returning to seller|shipped rejected by buyer"
            "|已退货|已退款|退货|退款成功"
        ),
    ),
    (Standing(Status.CLOSED, Fulfilment.SHIPPED), "closed|已结案|结案|已关闭|关闭|已归档"),
    (
        Standing(Status.CANCELLED),
        "cancelled|canceled|unavailable|已取消|取消|作废|已作废|void|voided|交易关闭|已撤销|撤销",
    ),
    (Standing(Status.REJECTED), "rejected|已拒绝|拒绝|已驳回|驳回|不接单|declined"),
    (
        Standing(Status.CONFIRMED),
        (
            "in process|in progress|processing|confirmed|已确认|确认|处理中|备货中|生产中|待发货|未发货|已审核|审核"
            "|审核通过"
            "|approved|open|to ship|unshipped|not shipped|backordered|等待发货|执行中|生效|已生效"
            "|awaiting shipment|awaiting fulfillment|pending waiting for pick up|买家已付款|已付款"
        ),
    ),
    (Standing(Status.RELEASED), "released|已下达|下达|拣货中|配货中|picking|ready to ship"),
    (
        Standing(Status.RELEASED, Fulfilment.PARTIAL),
        "partially shipped|partly shipped|部分发货|部分出库|partial",
    ),
    (
        Standing(Status.CLARIFYING),
        "on hold|hold|onhold|挂起|已挂起|暂停|待确认|待澄清|搁置|clarifying",
    ),
    (Standing(Status.REVIEWED), "reviewed|已核对|核对"),
    (Standing(Status.ENTERED), "entered|已录入|录入|待复核"),
    (Standing(Status.VERIFIED), "verified|已复核"),
    (Standing(Status.PENDING_APPROVAL), "pending approval|待审批|审批中|waiting for approval"),
    (
        Standing(Status.RECEIVED),
        (
            "pending|new|draft|received|待审核|未审核|待处理|草稿|新建|新订单|已接收|已下单|待付款|placed|created|submitted"
            "|pending payment|awaiting payment|payment review|等待买家付款"
        ),
    ),
)

STANDINGS: dict[str, Standing] = {word: standing for standing, words in _MEANINGS for word in words.split("|")}

HISTORY = Standing(Status.COMPLETED, Fulfilment.SHIPPED)
"""What an order of a sheet without ship dates and states is: history."""

WAITING = Standing(Status.CONFIRMED)
"""An order of a sheet with ship dates that has none: confirmed, not shipped."""

CANCELLED = STANDINGS["cancelled"]


def standing_of(word: str) -> Standing | None:
    """What a sheet's word means, or None where nobody has taught us yet."""
    return STANDINGS.get(" ".join(word.casefold().replace("_", " ").replace("-", " ").split()))
