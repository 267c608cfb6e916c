//! The products of which today's list does not say who uses them, although the server was asked: reported when that is new.

use super::job::Job;
use crate::collect::ServerRefusal;
use crate::license::{Product, ProductTotals, Totals};
use crate::observe::catalog::Milestone;
use crate::store::{Run, State, StoreError};

/// So many runs are read to see whether something was said before.
const LOOK_BACK: u32 = 20;

impl Job<'_> {
    /// Reports what the server refused to say, if `totals` are those of a list for which it was asked.
    pub(super) async fn report_unlisted_products(
        &self,
        run: &Run,
        totals: Totals,
        refused: &[(Product, ServerRefusal)],
    ) -> Result<(), StoreError> {
        match (totals.products, refused.first()) {
            (Some(products), _) => self.report_lost_products(run, products, refused).await,
            (None, Some((_, refusal))) => self.report_refused_products(run, refusal).await,
            (None, None) => Ok(()),
        }
    }

    /// Says that the list goes without products; a warning if the list before did not.
    async fn report_refused_products(&self, run: &Run, refusal: &ServerRefusal) -> Result<(), StoreError> {
        let runs = self.store.runs(LOOK_BACK).await?;
        let is_counted = |other: &&Run| other.id != run.id && other.destination == run.destination;
        let before = runs.iter().filter(is_counted).find_map(|run| run.totals);
        let (state, help) = (State::Collecting, refusal.help());
        if before.is_some_and(|totals| totals.products_refused) {
            tracing::info!(run_id = %run.id, %state, "the list says nothing about products, as before: {refusal}");
        } else {
            tracing::warn!(message_id = Milestone::ProductsRefused.message_id(), run_id = %run.id, %state, "the list says nothing about products: {refusal}; {help}");
        }
        Ok(())
    }

    /// Warns of each product that the last confirmed list has, and that today's lacks beside others. A server that never had a
    /// list of a product is no reason to.
    async fn report_lost_products(
        &self,
        run: &Run,
        products: ProductTotals,
        refused: &[(Product, ServerRefusal)],
    ) -> Result<(), StoreError> {
        let confirmed = self.store.last_confirmed(&run.destination).await?;
        let before = confirmed.and_then(|run| run.totals?.products).unwrap_or_default();
        let is_listed = |product: Product| products.each().any(|(listed, _)| listed == product);
        let lost: Vec<_> = (before.each().map(|(product, _)| product))
            .filter(|product| !is_listed(*product))
            .collect();
        if lost.is_empty() {
            return Ok(());
        }
        let refusal = refused.iter().find(|(product, _)| lost.contains(product));
        let cause = refusal.map_or_else(
            || "the server names no version that has a list of it, so it was not asked".to_owned(),
            // What the status means elsewhere is not the cause: the other lists have the same address and token.
            |(_, refusal)| format!("GET {} was answered with {}", refusal.url, refusal.status),
        );
        let titles: Vec<_> = lost.into_iter().map(Product::title).collect();
        tracing::warn!(
            message_id = Milestone::ProductsRefused.message_id(), run_id = %run.id, state = %State::Collecting,
            "the list no longer says who uses {}, as the last confirmed one does: {cause}; the server answers the other lists, \
             so look whether the enterprise still has this product; if it has not, nothing needs to be done",
            titles.join(" and ")
        );
        Ok(())
    }
}
