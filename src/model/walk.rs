//! One walk over a parsed statement, for every check that looks at its parts. The parser's visitor
//! is generic: each visitor type of ours would compile the walk over the whole grammar once more,
//! so there is a single one, and a check is a trait object.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, ObjectName, Query, Select, TableFactor, Visit, Visitor};

use crate::error::Error;

/// Go on, or stop with an error.
pub type Flow = ControlFlow<Box<Error>>;

/// Looks at the parts of a statement that it cares for; see [`walk`].
pub trait Watch {
    /// A query begins.
    fn query(&mut self, _: &Query) -> Flow {
        Flow::Continue(())
    }
    /// It ends.
    fn query_end(&mut self, _: &Query) {}
    /// A select.
    fn select(&mut self, _: &Select) -> Flow {
        Flow::Continue(())
    }
    /// A name after `from` or `join`.
    fn relation(&mut self, _: &ObjectName) -> Flow {
        Flow::Continue(())
    }
    /// What stands after `from` or `join`.
    fn table_factor(&mut self, _: &TableFactor) -> Flow {
        Flow::Continue(())
    }
    /// An expression, before its parts.
    fn expr(&mut self, _: &Expr) -> Flow {
        Flow::Continue(())
    }
    /// An expression, after its parts.
    fn expr_end(&mut self, _: &Expr) {}
}

/// Walks over a node and all its parts, outer before inner, in order of the text.
///
/// # Errors
/// What a method of `watch` breaks with.
pub fn walk(node: &impl Visit, watch: &mut dyn Watch) -> Result<(), Box<Error>> {
    match node.visit(&mut Walk(watch)) {
        Flow::Continue(()) => Ok(()),
        Flow::Break(error) => Err(error),
    }
}

/// True when `is_wanted` holds for an expression in the node, subqueries included.
pub fn any_expr(node: &impl Visit, is_wanted: impl Fn(&Expr) -> bool) -> bool {
    struct Any<F> {
        is_wanted: F,
        is_found: bool,
    }
    impl<F: Fn(&Expr) -> bool> Watch for Any<F> {
        fn expr(&mut self, expr: &Expr) -> Flow {
            self.is_found |= (self.is_wanted)(expr);
            Flow::Continue(())
        }
    }
    let mut any = Any { is_wanted, is_found: false };
    walk(node, &mut any).is_ok() && any.is_found
}

struct Walk<'a>(&'a mut dyn Watch);

impl Visitor for Walk<'_> {
    type Break = Box<Error>;

    fn pre_visit_query(&mut self, query: &Query) -> Flow {
        self.0.query(query)
    }
    fn post_visit_query(&mut self, query: &Query) -> Flow {
        self.0.query_end(query);
        Flow::Continue(())
    }
    fn pre_visit_select(&mut self, select: &Select) -> Flow {
        self.0.select(select)
    }
    fn pre_visit_relation(&mut self, relation: &ObjectName) -> Flow {
        self.0.relation(relation)
    }
    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Flow {
        self.0.table_factor(factor)
    }
    fn pre_visit_expr(&mut self, expr: &Expr) -> Flow {
        self.0.expr(expr)
    }
    fn post_visit_expr(&mut self, expr: &Expr) -> Flow {
        self.0.expr_end(expr);
        Flow::Continue(())
    }
}
