"""Ask before signing: say what is about to be signed, and by whom."""

from ..crawler.survey import Survey, SurveyedAsset
from ..model import ContentState
from ..settings import Settings
from ..text import human_bytes, plural, show
from .summary import listed


def agreement(survey: Survey) -> dict[str, str]:
    """Return what the person was shown: each asset's path with its fingerprint."""
    return {asset.path: asset.digest for asset in signable(survey) if asset.digest is not None}


def signable(survey: Survey) -> list[SurveyedAsset]:
    """Return the assets that a verdict would be written to."""
    return [asset for asset in survey.assets if asset.state is not ContentState.MISSING]


def question(survey: Survey, settings: Settings) -> list[str]:
    """Compose what is about to be signed; what changed or has findings is listed."""
    assert settings.signing is not None
    assets = signable(survey)
    folders = {asset.folder for asset in assets}
    size = human_bytes(sum(asset.bytes for asset in assets))
    lines = [
        f"{settings.signing.result} on {plural(len(assets), 'asset')} "
        f"in {plural(len(folders), 'folder')} ({size}), signed by {show(settings.operator)}"
    ]
    odd = [
        f"{asset.state}  {show(asset.path)}"
        + "".join(f"; {show(finding.kind)}" for finding in asset.findings)
        for asset in assets
        if asset.findings or asset.state is ContentState.MODIFIED
    ]
    if odd:
        lines += ["changed since they were last recorded, or with findings:", *listed(odd)]
    new = [asset for asset in assets if asset.state is ContentState.NEW]
    if new:
        lines.append(f"{plural(len(new), 'asset')} never recorded before")
    if survey.problems:
        lines.append(f"{plural(len(survey.problems), 'problem')}:")
        lines += listed(f"{p.kind}  {show(p.path)}: {p.detail}" for p in survey.problems)
    return lines


def agreed(settings: Settings, survey: Survey) -> Settings:
    """Return settings that sign only what the person was shown."""
    assert settings.signing is not None
    return settings._replace(signing=settings.signing._replace(agreed=agreement(survey)))
