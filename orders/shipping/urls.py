"""Addresses of the warehouse, of shipments and of returns."""

from django.urls import path

from orders.views import returns, shipments, warehouse

urlpatterns = [
    path("warehouse/", warehouse.home, name="warehouse"),
    path("questions/", shipments.question_list, name="questions"),
    path("questions/<int:pk>/", warehouse.question, name="stock_question"),
    path("shipments/", shipments.shipment_list, name="shipments"),
    path("shipments/<int:pk>/", shipments.shipment, name="shipment"),
    path("shipments/<int:pk>/proof/", shipments.proof, name="proof"),
    path("shipments/<int:pk>/<slug:deed>/", shipments.step, name="shipment_step"),
    path("cases/<int:pk>/settle/", shipments.settle, name="case_settle"),
    path("returns/", returns.return_list, name="returns"),
    path("returns/<int:pk>/", returns.one_return, name="return"),
    path("returns/<int:pk>/<slug:deed>/", returns.step, name="return_step"),
    path("<int:pk>/stock-question/", shipments.ask, {"kind": "ask"}, name="ask_stock"),
    path("<int:pk>/shipment/", shipments.ask, {"kind": "request"}, name="request_shipment"),
    path("<int:pk>/short-close/", shipments.ask, {"kind": "short-close"}, name="short_close"),
    path("<int:pk>/send-back/", warehouse.bounce, name="warehouse_bounce"),
    path("<int:pk>/return/", returns.ask, name="request_return"),
    path("<int:pk>/rows-back/", returns.rows_back, name="rows_back"),
]
