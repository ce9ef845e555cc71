//! The service that `tonic-build` would generate for [`Stock`]: paths to methods.

use std::convert::Infallible;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use tonic::body::Body;
use tonic::server::Grpc;
use tonic::{Code, Status};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

use super::Stock;

pub(super) const LEVEL: &str = "/warehouse.Stock/Level";
pub(super) const COUNT: &str = "/warehouse.Stock/Count";
pub(super) const OTHERS: &str = "/warehouse.Stock/{*method}";

#[derive(Clone)]
pub(super) struct StockServer(Arc<Stock>);

impl StockServer {
    pub(super) fn new(stock: Stock) -> Self {
        Self(Arc::new(stock))
    }
}

impl Service<Request> for StockServer {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let stock = Arc::clone(&self.0);
        Box::pin(async move {
            Ok(match request.uri().path() {
                LEVEL => {
                    let method = service_fn(|request| ready(stock.level(request)));
                    let mut grpc = Grpc::new(ProstCodec::default());
                    grpc.unary(method, request).await
                }
                COUNT => {
                    let method = service_fn(|request| ready(stock.count(request)));
                    let mut grpc = Grpc::new(ProstCodec::default());
                    grpc.unary(method, request).await
                }
                _ => Status::new(Code::Unimplemented, "").into_http(),
            })
        })
    }
}
