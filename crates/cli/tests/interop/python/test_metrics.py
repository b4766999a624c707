"""What ``countersign serve`` tells Prometheus, read by the strict parser of PyPI ``prometheus-client``."""

import requests
from conftest import free_port, serving
from prometheus_client.openmetrics.parser import text_string_to_metric_families

# Seconds after which something hangs.
PATIENCE = 60
CONFIGURATION = """
issuer = "ISSUER"
listen = "127.0.0.1:PORT"

[store]
path = "realm.db"

[metrics]
listen = "127.0.0.1:NUMBERS"
"""


def test_the_page_is_openmetrics_on_a_socket_of_its_own(tmp_path):
    """Every line is read, the counters count, and the server's own socket knows nothing of it."""
    port, numbers = free_port(), free_port()
    issuer = f"http://127.0.0.1:{port}"
    text = CONFIGURATION.replace("ISSUER", issuer).replace("PORT", str(port)).replace("NUMBERS", str(numbers))
    with serving(tmp_path, text):
        assert requests.post(f"{issuer}/token", {"grant_type": "password"}, timeout=PATIENCE).status_code == 401
        assert requests.get(f"{issuer}/metrics", timeout=PATIENCE).status_code == 404
        reply = requests.get(f"http://127.0.0.1:{numbers}/metrics", timeout=PATIENCE)
        assert requests.get(f"http://127.0.0.1:{numbers}/token", timeout=PATIENCE).status_code == 404
    assert reply.headers["content-type"].startswith("application/openmetrics-text")
    families = {family.name: family for family in text_string_to_metric_families(reply.text)}
    assert families["countersign_replies"].type == "counter"
    assert families["countersign_reply_seconds"].type == "histogram"
    refused = [sample for sample in families["countersign_replies"].samples if sample.labels["error"]]
    assert [(sample.labels["endpoint"], sample.value) for sample in refused] == [("token", 1.0)]
    assert refused[0].labels["error"] == "invalid_client" and refused[0].labels["rule"]
    assert [sample.value for sample in families["countersign_store_up"].samples] == [1.0]
    for name, family in families.items():
        assert name.startswith("countersign_") and family.documentation, name
