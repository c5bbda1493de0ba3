"""Compare documents: the change model, list matching, rename detection, links and relations."""
