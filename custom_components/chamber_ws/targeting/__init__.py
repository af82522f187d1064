"""Which chambers a target of an automation means, and how long something lasts with them.

target ─ voices (an entity for each chamber) ─┬─ trigger: what occurs, as the chamber's alarm tells it
                                              ├─ vigil: what lasts, as the record finds it
                                              └─ condition: what is so now
"""
