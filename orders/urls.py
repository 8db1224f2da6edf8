from django.urls import include, path

from orders.views import detail, documents, enter, lookup, unassigned
from orders.views import list as order_lists

app_name = "orders"
urlpatterns = [
    path("", order_lists.order_list, name="list"),
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
    path("<int:pk>/confirmation/", documents.page, {"kind": "confirmation"}, name="confirmation_page"),
    path("<int:pk>/confirmation.pdf", documents.pdf, {"kind": "confirmation"}, name="confirmation_pdf"),
    path("<int:pk>/delivery-note/", documents.page, {"kind": "delivery_note"}, name="delivery_note_page"),
    path("<int:pk>/delivery-note.pdf", documents.pdf, {"kind": "delivery_note"}, name="delivery_note_pdf"),
]
