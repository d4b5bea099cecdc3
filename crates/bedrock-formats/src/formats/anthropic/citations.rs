//! Where a part of Claude's text comes from.
//! Not for: switching citations on; see `CitationsConfig` beside the documents.

use bedrock_codegen::codegen_at_use;

wire_struct! {
    /// Characters of a plain-text document.
    pub struct CharLocation {
        /// The words cited.
        "cited_text" cited_text: Option<String>,
        /// Which of the request's documents, from 0.
        "document_index" document_index: Option<u64>,
        /// Its title.
        "document_title" document_title: Option<String>,
        /// The first character, from 0.
        "start_char_index" start_char_index: Option<u64>,
        /// The character after the last.
        "end_char_index" end_char_index: Option<u64>,
        /// The id of the file, where the document was one.
        "file_id" file_id: Option<String>,
    }

    /// Pages of a PDF.
    pub struct PageLocation {
        /// The words cited.
        "cited_text" cited_text: Option<String>,
        /// Which of the request's documents, from 0.
        "document_index" document_index: Option<u64>,
        /// Its title.
        "document_title" document_title: Option<String>,
        /// The first page, from 1.
        "start_page_number" start_page_number: Option<u64>,
        /// The page after the last.
        "end_page_number" end_page_number: Option<u64>,
        /// The id of the file, where the document was one.
        "file_id" file_id: Option<String>,
    }

    /// Blocks of a document that was given as blocks.
    pub struct ContentBlockLocation {
        /// The words cited.
        "cited_text" cited_text: Option<String>,
        /// Which of the request's documents, from 0.
        "document_index" document_index: Option<u64>,
        /// Its title.
        "document_title" document_title: Option<String>,
        /// The first block, from 0.
        "start_block_index" start_block_index: Option<u64>,
        /// The block after the last.
        "end_block_index" end_block_index: Option<u64>,
        /// The id of the file, where the document was one.
        "file_id" file_id: Option<String>,
    }

    /// A page found by Anthropic's web search.
    pub struct WebSearchResultLocation {
        /// The words cited.
        "cited_text" cited_text: Option<String>,
        /// The page.
        "url" url: Option<String>,
        /// Its title.
        "title" title: Option<String>,
        /// The place in the page, readable only by Anthropic.
        "encrypted_index" encrypted_index: Option<String>,
    }

    /// Blocks of a search result that the request brought.
    pub struct SearchResultLocation {
        /// The words cited.
        "cited_text" cited_text: Option<String>,
        /// The result's source.
        "source" source: Option<String>,
        /// The result's title.
        "title" title: Option<String>,
        /// Which of the request's search results, from 0.
        "search_result_index" search_result_index: Option<u64>,
        /// The first block, from 0.
        "start_block_index" start_block_index: Option<u64>,
        /// The block after the last.
        "end_block_index" end_block_index: Option<u64>,
    }
}

wire_tagged! {
    /// A citation: where a part of a text comes from.
    pub enum TextCitation {
        /// Characters of a plain-text document.
        "char_location" => CharLocation(CharLocation),
        /// Pages of a PDF.
        "page_location" => PageLocation(PageLocation),
        /// Blocks of a document.
        "content_block_location" => ContentBlockLocation(ContentBlockLocation),
        /// A page found on the web.
        "web_search_result_location" => WebSearchResultLocation(WebSearchResultLocation),
        /// Blocks of a search result.
        "search_result_location" => SearchResultLocation(SearchResultLocation),
    }
}

#[codegen_at_use]
impl TextCitation {
    /// Title, source and words of the citation, each where it has one.
    #[must_use]
    pub fn parts(&self) -> (Option<&str>, Option<&str>, Option<&str>) {
        fn parts<'a>(
            title: &'a Option<String>,
            source: &'a Option<String>,
            cited: &'a Option<String>,
        ) -> (Option<&'a str>, Option<&'a str>, Option<&'a str>) {
            (title.as_deref(), source.as_deref(), cited.as_deref())
        }
        match self {
            Self::CharLocation(at) => parts(&at.document_title, &at.file_id, &at.cited_text),
            Self::PageLocation(at) => parts(&at.document_title, &at.file_id, &at.cited_text),
            Self::ContentBlockLocation(at) => parts(&at.document_title, &at.file_id, &at.cited_text),
            Self::WebSearchResultLocation(at) => parts(&at.title, &at.url, &at.cited_text),
            Self::SearchResultLocation(at) => parts(&at.title, &at.source, &at.cited_text),
            Self::Unknown(object) => {
                let text = |key| object.get(key).and_then(serde_json::Value::as_str);
                (text("title"), text("source").or_else(|| text("url")), text("cited_text"))
            }
        }
    }
}
