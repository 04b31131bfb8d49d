"""The crawl engine. Its doors: crawl, deliver, survey, verify."""

from .events import Event, OnEvent
from .report import AssetResult, CrawlReport, Problem, ProblemKind, TrakReport
from .runs import crawl, deliver
from .survey import Survey, SurveyedAsset, survey
from .verify import Verification, verify

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
    "Verification",
    "crawl",
    "deliver",
    "survey",
    "verify",
]
