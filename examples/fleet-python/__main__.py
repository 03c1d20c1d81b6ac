"""Hot boilers, watched alike in every plant. A change goes to one plant first, then to another, then to the rest."""

import pulumi
import pulumi_flowfusion as ff

config = pulumi.Config()
plants = ["pilot", "kiln", "harbour"]

fleet = ff.FlowFleet(
    "boiler",
    gateways={plant: {"endpoint": config.require(plant), "token": config.require_secret("token")} for plant in plants},
    waves=[["pilot"], 1],
    nodes={
        "temps": {"type": "tag_input", "props": {"tags": ["boiler/+/temp"]}},
        "hot": {"type": "filter", "props": {"op": ">", "value": config.get_int("threshold") or 90}},
        "alarms": {"type": "file", "props": {"path": "alarms.jsonl"}},
        "mean": {"type": "agg", "props": {"op": "avg", "size": 100, "topic": "boiler/mean"}},
        "trend": {"type": "file", "props": {"path": "trend.jsonl"}},
    },
    wires=[
        "temps.out -> hot.in",
        "hot.pass -> alarms.in",
        "temps.out -> mean.in",
        "mean.out -> trend.in",
    ],
    # The kiln plant runs hotter than the others.
    overrides={"kiln": {"hot": {"value": 160}}},
    options={"health_gate_ms": config.get_int("healthGateMs") or 10_000},
)

pulumi.export("waves", fleet.waves)
pulumi.export("digests", fleet.digests)
