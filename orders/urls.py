from django.urls import include, path

from orders.views import detail, documents, enter, lookup, unassigned
from orders.views import list as order_lists

app_name = "orders"
_DOCUMENTS = {
    "confirmation": "<int:pk>/confirmation",
    "delivery_note": "<int:pk>/delivery-note",
    "amendment_paper": "amendments/<int:pk>/document",
    "shipment_note": "shipments/<int:pk>/delivery-note",
    "return_note": "returns/<int:pk>/note",
}
documents_at = [
    pattern
    for kind, place in _DOCUMENTS.items()
    for pattern in (
        path(f"{place}/", documents.page, {"kind": kind}, name=f"{kind}_page"),
        path(f"{place}.pdf", documents.pdf, {"kind": kind}, name=f"{kind}_pdf"),
    )
]
"""Before the records they belong to, whose addresses end in the name of a deed."""

urlpatterns = [
    path("", order_lists.order_list, name="list"),
    *documents_at,
    path("", include("orders.amending.urls")),
    path("", include("orders.ledger.urls")),
    path("", include("orders.requests.urls")),
    path("", include("orders.entry.urls")),
    path("", include("orders.desk.urls")),
    path("", include("orders.shipping.urls")),
    path("new/", enter.create, name="create"),
    path("lookup/products/", lookup.products, name="find_products"),
    path("lookup/customers/", lookup.customers, name="find_customers"),
    path("lookup/customer/", lookup.customer_card, name="customer_card"),
    path("unassigned/", unassigned.unassigned, name="unassigned"),
    path("unassigned/assign/", unassigned.assign, name="assign"),
    path("<int:pk>/", detail.detail, name="detail"),
    path("<int:pk>/edit/", enter.edit, name="edit"),
    path("<int:pk>/note/", detail.note, name="note"),
    path("<int:pk>/rows.xlsx", detail.download, {"kind": "xlsx"}, name="rows_xlsx"),
    path("<int:pk>/rows.csv", detail.download, {"kind": "csv"}, name="rows_csv"),
]
