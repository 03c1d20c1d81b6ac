"""A boiler house, watched by one fused flow."""

import pulumi
import pulumi_flowfusion as ff

config = pulumi.Config()

boiler = ff.Flow(
    "boiler",
    gateway={"endpoint": config.require("endpoint"), "token": config.require_secret("token")},
    nodes={
        "temps": {"type": "tag_input", "props": {"tags": ["boiler/+/temp"]}},
        "hot": {"type": "filter", "props": {"op": ">", "value": config.get_int("threshold") or 90}},
        "alarms": {"type": "file", "props": {"path": "alarms.jsonl"}},
        "mean": {"type": "agg", "props": {"op": "avg", "size": 10, "topic": "boiler/mean"}},
        "trend": {"type": "file", "props": {"path": "trend.jsonl"}},
    },
    wires=[
        "temps.out -> hot.in",
        "hot.pass -> alarms.in",
        "temps.out -> mean.in",
        "mean.out -> trend.in",
    ],
)

pulumi.export("digest", boiler.digest)
pulumi.export("generation", boiler.generation)
