from orders.models.audits import Audit, AuditedOrder
from orders.models.changes import Amendment, AmendmentRow, OrderReturn, ReturnLine, ShortClose
from orders.models.checks import (
    Approval,
    ApprovalRule,
    ApprovalRuleVersion,
    DeadlineRule,
    DeskRule,
    Hold,
    ReviewCheck,
    Verification,
)
from orders.models.ledger import ErrorEntry, ErrorEvent
from orders.models.order import Order, OrderEvent, OrderLine, OrderSnapshot, UnassignedLine
from orders.models.request import Clarification, EntryDraft, Evidence, Request, ThreadMessage
from orders.models.shipping import CaseStub, Shipment, ShipmentLine, StockQuestion, StockQuestionLine
from orders.models.sops import SopCheck

__all__ = [
    "Amendment",
    "AmendmentRow",
    "Approval",
    "ApprovalRule",
    "ApprovalRuleVersion",
    "Audit",
    "AuditedOrder",
    "CaseStub",
    "Clarification",
    "DeadlineRule",
    "DeskRule",
    "EntryDraft",
    "ErrorEntry",
    "ErrorEvent",
    "Evidence",
    "Hold",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderReturn",
    "OrderSnapshot",
    "Request",
    "ReturnLine",
    "ReviewCheck",
    "Shipment",
    "ShipmentLine",
    "ShortClose",
    "SopCheck",
    "StockQuestion",
    "StockQuestionLine",
    "ThreadMessage",
    "UnassignedLine",
    "Verification",
]
