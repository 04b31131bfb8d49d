"""The crawl engine. Its doors: crawl, deliver, survey; and `verify`, on its own."""

from .events import Event, OnEvent
from .report import AssetResult, CrawlReport, Problem, ProblemKind, TrakReport
from .runs import crawl, deliver
from .survey import Survey, SurveyedAsset, survey

__all__ = [
    "AssetResult",
    "CrawlReport",
    "Event",
    "OnEvent",
    "Problem",
    "ProblemKind",
    "Survey",
    "SurveyedAsset",
    "TrakReport",
    "crawl",
    "deliver",
    "survey",
]
