"""The crawl engine: gather, examine, decide, record; `crawl` and `survey` are its doors."""

from .events import Event, OnEvent
from .pipeline import crawl
from .report import AssetResult, CrawlReport, Problem, ProblemKind
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
    "crawl",
    "survey",
]
