"""The forms in which dumps of usage events are kept, as the tests write them: one file a form.

Every Snowplow form starts from the same thing, an enriched event as a dictionary of its 131 columns (`enriched`).
Sources: docs/formats.md, sections named in each file.
"""
