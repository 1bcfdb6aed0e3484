//! Figures that can drift.

/// A figure of a request that can drift.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The proposed risk.
    RiskProposed,
    /// The proposed profit.
    ProfitProposed,
    /// The novelty score.
    NoveltyScore,
    /// The complexity score.
    ComplexityScore,
    /// The quality score.
    QualityScore,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::RiskProposed,
        Self::ProfitProposed,
        Self::NoveltyScore,
        Self::ComplexityScore,
        Self::QualityScore,
    ];

    /// The name in requests, policies and records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RiskProposed => "risk_proposed",
            Self::ProfitProposed => "profit_proposed",
            Self::NoveltyScore => "novelty_score",
            Self::ComplexityScore => "complexity_score",
            Self::QualityScore => "quality_score",
        }
    }
}
