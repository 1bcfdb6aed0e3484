//! One page of a table.

use indelible_compliance::projections::{
    folds::{FoldName, Projections},
    table::{Cell, Table},
};
use indelible_ledger::Holds;
use indelible_proto::v1::{self, ErrorReason};
use prost::Message as _;

use super::asked::Asked;
use crate::{
    limits::{PAGE_BYTES_MAX, PROJECTION_FILTERS_MAX},
    rpc::{
        convert::{projection, selection::numbers},
        page::page_rows,
        page_token::{self, BINDING_BYTES, QueryHasher, RowPlace},
        refusal::Refusal,
    },
};

/// A question to a table, checked.
pub(super) struct Query {
    table: &'static str,
    fold: FoldName,
    filters: Vec<Filter>,
    rows_max: usize,
}

/// Rows whose cell is exactly this.
struct Filter {
    column: usize,
    value: String,
}

impl Query {
    pub(super) fn new(request: &v1::QueryProjectionRequest) -> Result<Self, Refusal> {
        let fold = request
            .table
            .split_once('.')
            .and_then(|(fold, _)| FoldName::parse(fold));
        // The state of no records at all has every table.
        let table = Projections::default().table(&request.table);
        let (Some(fold), Some(table)) = (fold, table) else {
            return Err(table_unknown(&request.table));
        };
        if request.filters.len() > PROJECTION_FILTERS_MAX {
            let problem = format!(
                "are {}, at most {PROJECTION_FILTERS_MAX} are allowed",
                request.filters.len()
            );
            return Err(Refusal::field("filters", problem));
        }
        let filters = request.filters.iter().enumerate();
        let filters = filters.map(|(place, filter)| Filter::new(place, filter, &table));
        Ok(Self {
            table: table.name,
            fold,
            filters: filters.collect::<Result<_, _>>()?,
            rows_max: page_rows(request.page_size)?,
        })
    }

    /// The page that a token names, or the first page if the token is empty. Blocking.
    pub(super) fn answer(
        &self,
        mut asked: Asked,
        page_token: &str,
    ) -> Result<v1::QueryProjectionResponse, Refusal> {
        let binding = self.binding(&asked);
        let place = binding.row(page_token)?;
        if let Some(place) = place {
            asked.selection.as_of = Some(place.size);
        }
        let (ledger, projecting) = (&asked.ledger, asked.projecting());
        ledger.project(&projecting, |holds, states| {
            self.page(&asked.origin, holds, states, binding, place)
        })?
    }

    fn page(
        &self,
        origin: &str,
        holds: &Holds,
        states: &Projections,
        binding: page_token::Query,
        place: Option<RowPlace>,
    ) -> Result<v1::QueryProjectionResponse, Refusal> {
        let folded = states.folded(self.fold);
        let state = beginning(&folded.digest.0);
        if place.is_some_and(|place| place.state != state) {
            return Err(Refusal::new(
                ErrorReason::ProjectionChanged,
                "an erasure changed the table since its first page; begin again",
            ));
        }
        let Some(table) = states.table(self.table) else {
            return Err(Refusal::internal(&"a table of this build is not there"));
        };
        let not_computable = table.not_computable();
        let columns = projection::columns(table.columns);
        let first = place.map_or(0, |place| place.row);
        let page = match not_computable {
            Some(_) => Page::default(),
            None => Page::cut(self.matching(table), first, self.rows_max),
        };
        let next = first + page.rows.len() as u64;
        let next_page_token = if next < page.matching {
            binding.token_at_row(RowPlace {
                size: holds.size,
                row: next,
                state,
            })
        } else {
            String::new()
        };
        Ok(v1::QueryProjectionResponse {
            coverage: Some(projection::coverage(origin, holds)),
            fold: Some(projection::fold(folded)),
            columns,
            rows: page.rows,
            matching_row_count: page.matching,
            not_computable: not_computable.unwrap_or_default().to_owned(),
            next_page_token,
            sealed_event_count: states.sealed_events(),
        })
    }

    fn matching(&self, table: Table) -> impl Iterator<Item = Vec<Cell>> {
        table
            .rows
            .into_iter()
            .filter(|row| self.filters.iter().all(|filter| filter.takes(row)))
    }

    /// What a token is bound to: all that decides which rows there are.
    fn binding(&self, asked: &Asked) -> page_token::Query {
        let mut hasher = QueryHasher::new("projection");
        hasher.text(&asked.origin).text(self.table);
        for number in numbers(&asked.selection) {
            hasher.number(number);
        }
        hasher.number(u64::from(asked.access.is_some()));
        for filter in &self.filters {
            hasher.number(filter.column as u64).text(&filter.value);
        }
        hasher.finish()
    }
}

impl Filter {
    fn new(place: usize, filter: &v1::ColumnFilter, table: &Table) -> Result<Self, Refusal> {
        let mut columns = table.columns.iter();
        let Some(column) = columns.position(|column| *column == filter.column) else {
            let problem = format!(
                "{} has no column {:?}; it has {}",
                table.name,
                filter.column,
                table.columns.join(", ")
            );
            return Err(Refusal::field(format!("filters[{place}].column"), problem));
        };
        Ok(Self {
            column,
            value: filter.value.clone(),
        })
    }

    fn takes(&self, row: &[Cell]) -> bool {
        let cell = row.get(self.column);
        cell.is_some_and(|cell| cell.to_string() == self.value)
    }
}

/// Rows that match, as many as a page holds, and how many there are in all.
#[derive(Default)]
struct Page {
    rows: Vec<v1::ProjectionRow>,
    matching: u64,
}

impl Page {
    fn cut(rows: impl Iterator<Item = Vec<Cell>>, first: u64, rows_max: usize) -> Self {
        let mut page = Self::default();
        let (mut bytes, mut full) = (0, false);
        for row in rows {
            page.matching += 1;
            if full || page.matching <= first {
                continue;
            }
            let row = projection::row(row);
            bytes += row.encoded_len();
            // One row is always on it, so that every page goes further.
            full = page.rows.len() == rows_max || (bytes > PAGE_BYTES_MAX && !page.rows.is_empty());
            if !full {
                page.rows.push(row);
            }
        }
        page
    }
}

/// Enough of a digest to see that another one is another.
fn beginning(digest: &str) -> [u8; BINDING_BYTES] {
    let mut beginning = [0; BINDING_BYTES];
    for (byte, digit) in beginning.iter_mut().zip(digest.bytes()) {
        *byte = digit;
    }
    beginning
}

fn table_unknown(name: &str) -> Refusal {
    let states = Projections::default();
    let tables = FoldName::ALL.iter().flat_map(|fold| states.tables(*fold));
    let names: Vec<_> = tables.map(|table| table.name).collect();
    let problem = format!("there is no {name:?}; there are {}", names.join(", "));
    Refusal::field("table", problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: u64, text: &str) -> impl Iterator<Item = Vec<Cell>> {
        (0..count).map(move |number| vec![Cell::Number(number), Cell::Text(text.to_owned())])
    }

    #[test]
    fn pages_follow_one_another_without_gap() {
        let (mut first, mut seen) = (0, Vec::new());
        loop {
            let page = Page::cut(rows(25, "a"), first, 10);
            assert_eq!(page.matching, 25);
            if page.rows.is_empty() {
                break;
            }
            first += page.rows.len() as u64;
            seen.extend(page.rows);
        }
        let all: Vec<_> = rows(25, "a").map(projection::row).collect();
        assert_eq!(seen, all);
    }

    #[test]
    fn a_page_ends_before_it_is_too_large_and_is_never_empty() {
        let long = "x".repeat(PAGE_BYTES_MAX / 4);
        let page = Page::cut(rows(9, &long), 2, 100);
        assert_eq!((page.rows.len(), page.matching), (3, 9));
        let endless = "x".repeat(PAGE_BYTES_MAX + 1);
        assert_eq!(Page::cut(rows(9, &endless), 2, 100).rows.len(), 1);
    }

    #[test]
    fn every_cell_can_be_asked_for_as_text() {
        let cells = vec![
            Cell::None,
            Cell::Number(7),
            Cell::Flag(true),
            Cell::Text("gpt".to_owned()),
            Cell::Records(vec![1, 20]),
        ];
        for (column, value) in ["", "7", "true", "gpt", "1 20"].into_iter().enumerate() {
            let filter = |value: &str| Filter {
                column,
                value: value.to_owned(),
            };
            assert!(filter(value).takes(&cells), "{value:?}");
            assert!(!filter("other").takes(&cells));
        }
    }
}
