//! gRPC, for the machines of partners. Each method has its policy, and all use the `Auth` of the partners.

mod messages;
mod server;

use auth_runtime::{Identity, Router, guard};
use tonic::{Request, Response, Status};

use self::messages::{CountRequest, LevelRequest, StockLevel};
use self::server::{COUNT, LEVEL, OTHERS, StockServer};
use crate::catalogue::{Catalogue, Product};
use crate::policies::{CountsStock, ReadsStock};

pub(crate) fn routes(catalogue: Catalogue) -> Router {
    let stock = StockServer::new(Stock { catalogue });
    Router::new()
        .route_service(LEVEL, guard::<ReadsStock>().layer(stock.clone()))
        .route_service(COUNT, guard::<CountsStock>().layer(stock.clone()))
        // For unknown methods the service answers `Unimplemented`, as gRPC clients expect.
        .route_service(OTHERS, guard::<ReadsStock>().layer(stock))
}

struct Stock {
    catalogue: Catalogue,
}

impl Stock {
    fn level(&self, request: Request<LevelRequest>) -> Result<Response<StockLevel>, Status> {
        let caller = caller(&request)?;
        let sku = request.into_inner().sku;
        let product = self.catalogue.find(&sku);
        answer(product.filter(|product| product.seller == *caller.id()))
    }

    fn count(&self, request: Request<CountRequest>) -> Result<Response<StockLevel>, Status> {
        let caller = caller(&request)?;
        let CountRequest { sku, units } = request.into_inner();
        let counted = self.catalogue.change(&sku, |product| {
            if product.seller != *caller.id() {
                return None;
            }
            product.stock = units;
            Some(product.clone())
        });
        answer(counted.flatten())
    }
}

/// The caller that the guard accepted.
fn caller<T>(request: &Request<T>) -> Result<Identity, Status> {
    let identity = request.extensions().get::<Identity>();
    identity
        .cloned()
        .ok_or_else(|| Status::internal("the service has no guard"))
}

fn answer(product: Option<Product>) -> Result<Response<StockLevel>, Status> {
    let product = product.ok_or_else(|| Status::not_found("not among your products"))?;
    Ok(Response::new(StockLevel {
        sku: product.sku,
        units: product.stock,
    }))
}
