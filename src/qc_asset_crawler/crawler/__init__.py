"""The crawl engine: gather, examine, decide, record, tell. Its doors: crawl, deliver, survey."""

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
