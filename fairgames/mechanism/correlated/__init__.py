"""The platform's best share where a mediator recommends levels: an optimum over correlated equilibria."""
