//! Citations: the source that each piece of an answer rests on.
//! Not for: switching them on; that is `CitationsConfig` on the source.

// The service model. The streamed citation has types of its own there: see `stream`.
wire_struct! {
    /// Text together with the sources it rests on.
    pub struct CitationsContentBlock {
        /// The text. Nova leaves it empty: its citations then belong to the text block before.
        "content" content: Option<Vec<CitationGeneratedContent>>,
        /// The sources.
        "citations" citations: Option<Vec<Citation>>,
    }
    /// One source.
    pub struct Citation {
        /// Its title.
        "title" title: Option<String>,
        /// Where it comes from, for a search result.
        "source" source: Option<String>,
        /// The words of it that were used.
        "sourceContent" source_content: Option<Vec<CitationSourceContent>>,
        /// Which place in it was used.
        "location" location: Option<CitationLocation>,
    }
    /// A page of the web.
    pub struct WebLocation {
        /// Its address.
        "url" url: Option<String>,
        /// Its host.
        "domain" domain: Option<String>,
    }
    /// Characters of a document, counted from 0.
    pub struct DocumentCharLocation {
        /// Which of the request's documents, counted from 0.
        "documentIndex" document_index: Option<u64>,
        /// The first character.
        "start" start: Option<u64>,
        /// The character after the last.
        "end" end: Option<u64>,
    }
    /// Pages of a document.
    pub struct DocumentPageLocation {
        /// Which of the request's documents, counted from 0.
        "documentIndex" document_index: Option<u64>,
        /// The first page.
        "start" start: Option<u64>,
        /// The last page.
        "end" end: Option<u64>,
    }
    /// Parts of a document that was given in parts.
    pub struct DocumentChunkLocation {
        /// Which of the request's documents, counted from 0.
        "documentIndex" document_index: Option<u64>,
        /// The first part.
        "start" start: Option<u64>,
        /// The last part.
        "end" end: Option<u64>,
    }
    /// Parts of a search result.
    pub struct SearchResultLocation {
        /// Which of the request's search results, counted from 0.
        "searchResultIndex" search_result_index: Option<u64>,
        /// The first part.
        "start" start: Option<u64>,
        /// The last part.
        "end" end: Option<u64>,
    }
}

wire_union! {
    /// A piece of cited text that the model wrote.
    pub enum CitationGeneratedContent {
        /// Text.
        "text" => Text(String),
    }
    /// A piece of a source.
    pub enum CitationSourceContent {
        /// Text.
        "text" => Text(String),
    }
    /// A place in a source.
    pub enum CitationLocation {
        /// On the web.
        "web" => Web(WebLocation),
        /// In a document, by character.
        "documentChar" => DocumentChar(DocumentCharLocation),
        /// In a document, by page.
        "documentPage" => DocumentPage(DocumentPageLocation),
        /// In a document, by part.
        "documentChunk" => DocumentChunk(DocumentChunkLocation),
        /// In a search result, by part.
        "searchResultLocation" => SearchResultLocation(SearchResultLocation),
    }
}
